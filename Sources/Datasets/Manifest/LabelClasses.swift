import CCodecs

/// What a network learns to tell apart: a name, and the label values that belong to it.
public struct LabelClass: Sendable, Codable, Hashable {
    public var name: String
    /// From 1 to 255, ascending; 0 is background.
    public var values: [UInt8]

    public init(name: String, values: [UInt8]) {
        self.name = name
        self.values = values
    }
}

/// The foreground classes of a data set, in the order of a network's outputs. Where a value belongs to several, they are
/// regions, which a softmax cannot express.
public struct LabelClasses: Sendable, Hashable, RandomAccessCollection {
    /// Of a data set.
    public static let limit = 64
    /// Of masks, which know foreground and nothing else.
    public static let mask = LabelClasses(unchecked: [LabelClass(name: "foreground", values: [1])])
    /// BraTS 2020: whole tumour, tumour core and enhancing tumour, each within the one before.
    public static let brats = LabelClasses(unchecked: [
        LabelClass(name: "WT", values: [1, 2, 4]), LabelClass(name: "TC", values: [1, 4]),
        LabelClass(name: "ET", values: [4]),
    ])

    private let classes: [LabelClass]

    /// - Throws: `DatasetError.wrongLayout` for none or more than 64 classes, names that are not from 1 to 100
    ///   characters of plain text or that occur twice, and values that are not ascending from 1.
    public init(_ classes: [LabelClass]) throws {
        guard (1...Self.limit).contains(classes.count) else {
            throw DatasetError.wrongLayout(
                "a data set needs from 1 to \(Self.limit) foreground classes; this one declares \(classes.count)")
        }
        for item in classes {
            guard (1...100).contains(item.name.unicodeScalars.count),
                !item.name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                throw DatasetError.wrongLayout("class names must be plain text of 1 to 100 characters")
            }
            guard let first = item.values.first, first > 0, item.values == Set(item.values).sorted() else {
                throw DatasetError.wrongLayout(
                    "the class \(item.name) must have label values from 1 to 255, each once; it has "
                        + item.values.prefix(10).map(String.init).joined(separator: ", "))
            }
        }
        guard Set(classes.map(\.name)).count == classes.count else {
            throw DatasetError.wrongLayout("two classes have the same name")
        }
        self.classes = classes
    }

    private init(unchecked classes: [LabelClass]) { self.classes = classes }

    public var startIndex: Int { 0 }
    public var endIndex: Int { classes.count }
    public subscript(index: Int) -> LabelClass { classes[index] }

    /// Whether a value belongs to several classes, so that each needs a sigmoid of its own.
    public var overlap: Bool {
        let values = classes.flatMap(\.values)
        return Set(values).count != values.count
    }

    /// Every value that a label may have, 0 among them.
    public var values: Set<UInt8> { Set(classes.flatMap(\.values) + [0]) }

    /// What a network's outputs should be: planes of 0 and 1, [K, voxels], a sample's channels one after the other.
    ///
    /// - Parameters:
    ///   - labels: of any shape.
    ///   - softmax: background, which is all that is in no class, comes first, and K is one more than there are classes.
    ///     Else one plane a class.
    /// - Precondition: without `softmax`, or without `overlap`.
    public func targets(_ labels: [UInt8], softmax: Bool) -> [Float] {
        precondition(!softmax || !overlap, "regions that overlap need a sigmoid each")
        var planes = map { members(of: $0).map(Float.init) }
        if softmax {
            planes.insert((0..<256).map { value in planes.contains { $0[value] > 0 } ? 0 : 1 }, at: 0)
        }
        return [Float](unsafeUninitializedCapacity: planes.count * labels.count) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            for plane in planes {
                // Within bounds: labels.count numbers for each plane.
                plateau_look_up(start + count, labels, labels.count, plane)
                count += labels.count
            }
        }
    }

    /// For each label 0 to 255, 1 where it belongs to the class.
    func members(of item: LabelClass) -> [UInt8] {
        var members = [UInt8](repeating: 0, count: 256)
        for value in item.values { members[Int(value)] = 1 }
        return members
    }
}

extension LabelClasses: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            try self.init(try container.decode([LabelClass].self))
        } catch let error as DatasetError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(classes)
    }
}
