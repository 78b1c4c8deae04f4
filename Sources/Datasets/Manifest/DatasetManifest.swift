import Foundation

/// How a data set lies on disk.
public enum DatasetLayout: String, Sendable, Codable, CaseIterable {
    /// `images/` and `masks/` with equal stems, JPEG or PNG; optionally `groups.csv` (stem,group).
    case imageMask = "image-mask"
}

/// An image with its mask.
public struct DatasetCase: Sendable, Codable, Hashable {
    /// The files' common stem.
    public var id: String
    /// Cases of one group (patient, video) never straddle a split; without `groups.csv` each case is its own.
    public var group: String
    /// Relative to the data set's folder.
    public var image: String
    public var mask: String
    /// In hex.
    public var imageSHA256: String
    public var maskSHA256: String
    /// In pixels.
    public var height: Int
    public var width: Int
    /// Share of the mask's pixels that are foreground.
    public var foreground: Double

    enum CodingKeys: String, CodingKey {
        case id, group, image, mask, height, width, foreground
        case imageSHA256 = "image_sha256"
        case maskSHA256 = "mask_sha256"
    }
}

/// Every usable case of a data set, in the order of their ids.
public struct DatasetManifest: Sendable, Codable, Hashable {
    public var layout: DatasetLayout
    public var dimensions: Int
    /// 1 when every image is grey, else 3.
    public var channels: Int
    /// SHA-256 in hex over layout, channels and, for each case, id, group and both files' hashes.
    public var dataHash: String
    public var cases: [DatasetCase]

    enum CodingKeys: String, CodingKey {
        case layout, dimensions, channels, cases
        case dataHash = "data_hash"
    }

    init(layout: DatasetLayout, channels: Int, cases: [DatasetCase]) {
        self.layout = layout
        dimensions = 2
        self.channels = channels
        self.cases = cases.sorted { $0.id < $1.id }
        dataHash = Self.hash(layout, channels, self.cases)
    }

    /// - Throws: `DecodingError.dataCorrupted` where the hash is not that of the cases, or they cannot be a manifest's.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        layout = try fields.decode(DatasetLayout.self, forKey: .layout)
        dimensions = try fields.decode(Int.self, forKey: .dimensions)
        channels = try fields.decode(Int.self, forKey: .channels)
        dataHash = try fields.decode(String.self, forKey: .dataHash)
        cases = try fields.decode([DatasetCase].self, forKey: .cases)
        guard dimensions == 2, channels == 1 || channels == 3 else {
            throw DecodingError.dataCorruptedError(
                forKey: .channels, in: fields, debugDescription: "only grey and RGB images in 2 dimensions are known")
        }
        guard Set(cases.map(\.id)).count == cases.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .cases, in: fields, debugDescription: "two cases have the same id")
        }
        guard dataHash == Self.hash(layout, channels, cases) else {
            throw DecodingError.dataCorruptedError(
                forKey: .dataHash, in: fields, debugDescription: "the hash is not that of the cases")
        }
    }

    private static func hash(_ layout: DatasetLayout, _ channels: Int, _ cases: [DatasetCase]) -> String {
        let digest = SHA256Digest()
        digest.update(Array("\(layout.rawValue)\n\(channels)\n".utf8))
        for item in cases {
            digest.update(Array("\(item.id)\n\(item.group)\n\(item.imageSHA256)\n\(item.maskSHA256)\n".utf8))
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
