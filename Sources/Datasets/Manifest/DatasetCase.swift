/// A file of a data set.
public struct DatasetFile: Sendable, Codable, Hashable {
    /// Relative to the data set's folder.
    public var path: String
    /// In hex.
    public var sha256: String

    public init(path: String, sha256: String) {
        self.path = path
        self.sha256 = sha256
    }
}

/// An image or volume with its mask or labels.
public struct DatasetCase: Sendable, Hashable {
    /// The files' common stem, or the case's folder.
    public var id: String
    /// Cases of one group (patient, video) never straddle a split; without `groups.csv` each case is its own.
    public var group: String
    /// One for each channel in their order, or one that holds all channels.
    public var images: [DatasetFile]
    public var label: DatasetFile
    /// Height and width in pixels, or depth, height and width in voxels: z, y, x, the last of which is fastest in the
    /// file.
    public var extent: [Int]
    /// Of a voxel along the axes of `extent`, in millimetres; empty in 2D.
    public var spacing: [Double]
    /// Share of the pixels or voxels that are of any class.
    public var foreground: Double
    /// Share of a volume's values that are exactly 0, over all channels; 0 in 2D.
    public var zeros: Double

    public init(
        id: String, group: String, images: [DatasetFile], label: DatasetFile, extent: [Int], spacing: [Double] = [],
        foreground: Double, zeros: Double = 0
    ) {
        self.id = id
        self.group = group
        self.images = images
        self.label = label
        self.extent = extent
        self.spacing = spacing
        self.foreground = foreground
        self.zeros = zeros
    }

    /// Pixels or voxels of a channel.
    public var size: Int { extent.reduce(1, *) }
}

extension DatasetCase: Codable {
    /// The first four are those of cases in 2D, as they have been stored since there were no others.
    private enum CodingKeys: String, CodingKey {
        case image, mask, height, width
        case imageSHA256 = "image_sha256"
        case maskSHA256 = "mask_sha256"
        case id, group, images, label, extent, spacing, foreground, zeros
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = try fields.decode(String.self, forKey: .id)
        group = try fields.decode(String.self, forKey: .group)
        foreground = try fields.decode(Double.self, forKey: .foreground)
        guard fields.contains(.extent) else {
            images = [
                DatasetFile(
                    path: try fields.decode(String.self, forKey: .image),
                    sha256: try fields.decode(String.self, forKey: .imageSHA256))
            ]
            label = DatasetFile(
                path: try fields.decode(String.self, forKey: .mask),
                sha256: try fields.decode(String.self, forKey: .maskSHA256))
            extent = [try fields.decode(Int.self, forKey: .height), try fields.decode(Int.self, forKey: .width)]
            (spacing, zeros) = ([], 0)
            return
        }
        images = try fields.decode([DatasetFile].self, forKey: .images)
        label = try fields.decode(DatasetFile.self, forKey: .label)
        extent = try fields.decode([Int].self, forKey: .extent)
        spacing = try fields.decode([Double].self, forKey: .spacing)
        zeros = try fields.decode(Double.self, forKey: .zeros)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(group, forKey: .group)
        try fields.encode(foreground, forKey: .foreground)
        guard extent.count == 3 else {
            try fields.encode(images[0].path, forKey: .image)
            try fields.encode(images[0].sha256, forKey: .imageSHA256)
            try fields.encode(label.path, forKey: .mask)
            try fields.encode(label.sha256, forKey: .maskSHA256)
            try fields.encode(extent[0], forKey: .height)
            try fields.encode(extent[1], forKey: .width)
            return
        }
        try fields.encode(images, forKey: .images)
        try fields.encode(label, forKey: .label)
        try fields.encode(extent, forKey: .extent)
        try fields.encode(spacing, forKey: .spacing)
        try fields.encode(zeros, forKey: .zeros)
    }
}
