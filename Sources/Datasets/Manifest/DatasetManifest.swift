import Foundation

/// Every usable case of a data set, in the order of their ids.
public struct DatasetManifest: Sendable, Codable, Hashable {
    /// Channels of a volume.
    public static let channelLimit = 64

    public var layout: DatasetLayout
    /// 2 or 3.
    public var dimensions: Int
    /// In 2D 1 when every image is grey, else 3.
    public var channels: Int
    public var classes: LabelClasses
    /// SHA-256 in hex. In 2D over layout, channels and, for each case, id, group and both files' hashes; in 3D over
    /// classes, extents, spacings and shares of zeros as well.
    public var dataHash: String
    public var cases: [DatasetCase]

    enum CodingKeys: String, CodingKey {
        case layout, dimensions, channels, classes, cases
        case dataHash = "data_hash"
    }

    init(layout: DatasetLayout, channels: Int, classes: LabelClasses = .mask, cases: [DatasetCase]) {
        self.layout = layout
        dimensions = layout.dimensions
        self.channels = channels
        self.classes = classes
        self.cases = cases.sorted { $0.id < $1.id }
        dataHash = ""
        dataHash = hash
    }

    /// - Throws: `DecodingError.dataCorrupted` where the hash is not that of the cases, or they cannot be a manifest's.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        layout = try fields.decode(DatasetLayout.self, forKey: .layout)
        dimensions = try fields.decode(Int.self, forKey: .dimensions)
        channels = try fields.decode(Int.self, forKey: .channels)
        // Manifests in 2D have none: there is one class.
        classes = layout.dimensions == 2 ? .mask : try fields.decode(LabelClasses.self, forKey: .classes)
        dataHash = try fields.decode(String.self, forKey: .dataHash)
        cases = try fields.decode([DatasetCase].self, forKey: .cases)
        guard dimensions == layout.dimensions else {
            throw DecodingError.dataCorruptedError(
                forKey: .dimensions, in: fields, debugDescription: "the layout has \(layout.dimensions) dimensions")
        }
        guard dimensions == 2 ? channels == 1 || channels == 3 : (1...Self.channelLimit).contains(channels) else {
            throw DecodingError.dataCorruptedError(
                forKey: .channels, in: fields,
                debugDescription: "only grey and RGB images, volumes of 1 to \(Self.channelLimit) channels are known")
        }
        guard Set(cases.map(\.id)).count == cases.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .cases, in: fields, debugDescription: "two cases have the same id")
        }
        guard cases.allSatisfy(isPossible) else {
            throw DecodingError.dataCorruptedError(
                forKey: .cases, in: fields, debugDescription: "a case has an extent, a spacing or files that cannot be")
        }
        guard dataHash == hash else {
            throw DecodingError.dataCorruptedError(
                forKey: .dataHash, in: fields, debugDescription: "the hash is not that of the cases")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(layout, forKey: .layout)
        try fields.encode(dimensions, forKey: .dimensions)
        try fields.encode(channels, forKey: .channels)
        if dimensions == 3 { try fields.encode(classes, forKey: .classes) }
        try fields.encode(dataHash, forKey: .dataHash)
        try fields.encode(cases, forKey: .cases)
    }

    /// What packing relies on: sizes that memory was meant for, and as many files as there are channels.
    private func isPossible(_ item: DatasetCase) -> Bool {
        guard item.extent.count == dimensions else { return false }
        guard dimensions == 3 else { return item.images.count == 1 }
        // A side of NIfTI's at most: no overflow.
        guard item.extent.allSatisfy({ (1...Int(Int16.max)).contains($0) }),
            item.size * channels <= DatasetScanner.Limits().values
        else { return false }
        return item.spacing.count == 3 && item.spacing.allSatisfy { $0 > 0 && $0.isFinite }
            && (item.images.count == 1 || item.images.count == channels)
    }

    private var hash: String {
        let digest = SHA256Digest()
        guard dimensions == 3 else {
            digest.update(Array("\(layout.rawValue)\n\(channels)\n".utf8))
            for item in cases {
                digest.update(Array("\(item.id)\n\(item.group)\n\(item.images[0].sha256)\n\(item.label.sha256)\n".utf8))
            }
            return digest.hex()
        }
        // Each with its length, so that no two lists read the same.
        func add(_ texts: [String]) {
            for text in texts { digest.update(Array("\(text.utf8.count):\(text)\n".utf8)) }
        }
        add([layout.rawValue, "\(channels)", "\(classes.count)"])
        for item in classes { add([item.name, "\(item.values)"]) }
        for item in cases {
            add([item.id, item.group, "\(item.extent)", "\(item.spacing)", "\(item.zeros)"])
            add(["\(item.images.count)"])
            add(item.images.map(\.sha256) + [item.label.sha256])
        }
        return digest.hex()
    }
}

/// What a look through a data set found.
public struct DatasetScan: Sendable {
    public var manifest: DatasetManifest
    /// In the order of their files.
    public var problems: [DatasetProblem]
}
