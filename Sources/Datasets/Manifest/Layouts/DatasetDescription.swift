import Foundation

/// `dataset.json` of the Medical Segmentation Decathlon and of nnU-Net, versions 1 and 2.
struct DatasetDescription {
    static let file = "dataset.json"
    private static let byteLimit = 32 << 20

    /// By the number of `channel_names` or `modality`.
    var channels: Int?
    var classes: LabelClasses?
    /// Pairs of paths; nil for an entry that is none.
    var training: [(image: String, label: String)?]?
    var fileEnding: String?
    /// nnU-Net's list of files that lie elsewhere.
    var namesFilesElsewhere: Bool

    /// Nil where there is no such file.
    ///
    /// - Parameter root: canonical.
    /// - Throws: `DatasetError.wrongLayout` where it is there but cannot be used.
    init?(root: String, limits: DatasetScanner.Limits) throws {
        let path = root + "/" + Self.file
        let fields: Fields
        do {
            let bytes = try FileBytes.read(Self.file, root: root, limit: Self.byteLimit)
            fields = try JSONDecoder().decode(Fields.self, from: Data(bytes))
        } catch DatasetError.io(_, _, ENOENT) {
            return nil
        } catch let failure as FileFailure {
            throw DatasetError.wrongLayout("\(path) \(failure.detail)")
        } catch let error as DecodingError {
            throw DatasetError.wrongLayout("\(path) cannot be understood: \(Self.words(error))")
        }
        channels = (fields.channelNames ?? fields.modality)?.count
        if let channels, !(1...DatasetManifest.channelLimit).contains(channels) {
            throw DatasetError.wrongLayout(
                "\(path) names \(channels) channels; from 1 to \(DatasetManifest.channelLimit) are taken")
        }
        do {
            classes = try fields.labels.map(Self.classes)
        } catch DatasetError.wrongLayout(let detail) {
            throw DatasetError.wrongLayout("the labels in \(path) cannot be used: \(detail)")
        }
        training = fields.training?.map { entry in entry.image.flatMap { image in entry.label.map { (image, $0) } } }
        if let training, training.count > limits.files {
            throw DatasetError.wrongLayout("\(path) lists \(training.count) cases; at most \(limits.files) are taken")
        }
        fileEnding = fields.fileEnding
        namesFilesElsewhere = fields.dataset != nil
    }

    /// Either `"1": "tumour"` or `"tumour": 1`, of which only the latter may name regions, `"tumour": [1, 2]`.
    private static func classes(_ labels: [String: LabelEntry]) throws -> LabelClasses {
        let classes: [LabelClass] = try labels.compactMap { key, entry in
            let (name, numbers): (String, [Int])
            switch entry {
            case .name(let text):
                guard let number = Int(key) else {
                    let (key, text) = (key.prefix(100), text.prefix(100))
                    throw DatasetError.wrongLayout("\"\(key)\": \"\(text)\" has no number; write \"\(text)\": 1")
                }
                (name, numbers) = (text, [number])
            case .numbers(let list): (name, numbers) = (key, list)
            }
            // What is to be ignored is in no class; a case that uses it is refused, as all of it is trained on.
            if numbers == [0] || name.lowercased() == "ignore" { return nil }
            let values = numbers.compactMap(UInt8.init(exactly:))
            guard values.count == numbers.count else {
                throw DatasetError.wrongLayout(
                    "\"\(name.prefix(100))\" has values other than 0 to 255: \(numbers.prefix(10))")
            }
            return LabelClass(name: name, values: values.sorted())
        }
        // JSON objects have no order: regions from the outer to the inner one, then by value.
        return try LabelClasses(
            classes.sorted {
                let (left, right) = ($0.values.map(Int.init), $1.values.map(Int.init))
                return left.count != right.count
                    ? left.count > right.count
                    : (left == right ? $0.name < $1.name : left.lexicographicallyPrecedes(right))
            })
    }

    private static func words(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            let place = context.codingPath.map(\.stringValue).joined(separator: "/")
            // Keys are the file's, and as long as that likes.
            return (place.isEmpty ? "" : "at \(place.prefix(100)): ") + context.debugDescription.prefix(200)
        @unknown default: return "it is not JSON"
        }
    }
}

private struct Fields: Decodable {
    var channelNames: Entries?
    var modality: Entries?
    var labels: [String: LabelEntry]?
    var training: [Pair]?
    var fileEnding: String?
    var dataset: Entries?

    enum CodingKeys: String, CodingKey {
        case modality, labels, training, dataset
        case channelNames = "channel_names"
        case fileEnding = "file_ending"
    }
}

/// An object or a list, of which only the number of entries matters.
private struct Entries: Decodable {
    var count: Int

    private struct Anything: Decodable {}

    init(from decoder: any Decoder) throws {
        if let object = try? decoder.singleValueContainer().decode([String: Anything].self) {
            count = object.count
        } else {
            count = try decoder.singleValueContainer().decode([Anything].self).count
        }
    }
}

/// An entry of `training`; both nil where it is none.
private struct Pair: Decodable {
    var image: String?
    var label: String?

    private enum CodingKeys: String, CodingKey { case image, label }

    init(from decoder: any Decoder) {
        let fields = try? decoder.container(keyedBy: CodingKeys.self)
        image = try? fields?.decode(String.self, forKey: .image)
        label = try? fields?.decode(String.self, forKey: .label)
    }
}

private enum LabelEntry: Decodable {
    case name(String)
    case numbers([Int])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let number = try? value.decode(Int.self) {
            self = .numbers([number])
        } else if let list = try? value.decode([Int].self) {
            self = .numbers(list)
        } else {
            self = .name(try value.decode(String.self))
        }
    }
}
