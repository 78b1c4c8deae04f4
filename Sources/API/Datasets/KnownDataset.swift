import Foundation
import Storage

/// A data set as sweeps and claims need it, read and decoded once: what was registered never changes.
struct KnownDataset: Sendable {
    let traits: DatasetTraits
    let split: StoredSplit
    /// As a claim has them, JSON.
    let json: [UInt8]
    let validationJSON: [UInt8]
    let testJSON: [UInt8]

    init(_ dataset: DatasetRecord, splitJSON: String) throws {
        split = try JSONDecoder().decode(StoredSplit.self, from: Data(splitJSON.utf8))
        traits = try DatasetTraits(dataset, pool: split.train.count)
        json = try [UInt8](
            JSONCoding.encoder().encode(
                ClaimBody.Dataset(
                    id: dataset.id, path: dataset.path, dataHash: dataset.dataHash, dimensions: traits.dimensions,
                    channels: traits.channels, classes: traits.classes)))
        validationJSON = JSONText.list(split.validation)
        testJSON = JSONText.list(split.test)
    }

    /// Roughly what it takes in memory: each name is kept as text as well.
    var bytes: Int {
        let textBytes = 48
        return json.count + 2 * (validationJSON.count + testJSON.count)
            + split.train.reduce(0) { $0 + $1.utf8.count + textBytes }
            + textBytes * (split.validation.count + split.test.count)
    }
}
