import Datasets
import Foundation

/// Brings a claim's data set into memory-mapped form, from the folder where the server registered it.
struct DatasetLoader {
    let cacheDirectory: String

    /// - Throws: `WorkerError.hopeless` when the data set is not there any more or has changed.
    func load(_ claim: Claim, manifest bytes: [UInt8], shouldStop: () -> Bool) throws -> PackedDataset {
        do {
            try FileManager.default.createDirectory(atPath: cacheDirectory, withIntermediateDirectories: true)
        } catch {
            throw WorkerError.io(path: cacheDirectory, code: EACCES)
        }
        let manifest: DatasetManifest
        do {
            manifest = try JSONDecoder().decode(DatasetManifest.self, from: Data(bytes))
        } catch {
            throw WorkerError.server("the manifest cannot be understood: \(error)")
        }
        guard manifest.dataHash == claim.dataset.dataHash else {
            throw WorkerError.server("the manifest is of another data set")
        }
        do {
            return try PackedDataset(
                manifest: manifest, root: claim.dataset.path, height: claim.training.imageSize[0],
                width: claim.training.imageSize[1], cacheDirectory: cacheDirectory, shouldStop: shouldStop)
        } catch DatasetError.changed(let detail) {
            throw WorkerError.hopeless(detail)
        } catch DatasetError.cancelled {
            throw WorkerError.stopped
        }
    }
}
