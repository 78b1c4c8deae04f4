import Datasets
import Foundation

/// Brings a claim's data set into memory-mapped form, from the folder where the server registered it.
struct DatasetLoader {
    let cacheDirectory: String

    /// Makes the cache's folder where it is missing.
    /// - Throws: `WorkerError.io`.
    func prepare() throws {
        try? FileManager.default.createDirectory(atPath: cacheDirectory, withIntermediateDirectories: true)
        // The attempt's own error does not tell which errno it was.
        guard access(cacheDirectory, W_OK | X_OK) == 0 else { throw WorkerError.io(path: cacheDirectory, code: errno) }
    }

    /// - Throws: `WorkerError.hopeless` when the data set is not there any more or has changed, `.io` when the cache
    ///   cannot be written, `.stopped` where `shouldStop` says so.
    func load(_ claim: Claim, manifest bytes: [UInt8], shouldStop: () -> Bool) throws -> PackedDataset {
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
                manifest: manifest, root: claim.dataset.path, height: claim.sampleSize[1],
                width: claim.sampleSize[2], cacheDirectory: cacheDirectory, shouldStop: shouldStop)
        } catch DatasetError.changed(let detail) {
            throw WorkerError.hopeless(detail)
        } catch DatasetError.cancelled {
            throw WorkerError.stopped
        } catch DatasetError.io(let path, _, let code) where path.hasPrefix(cacheDirectory) {
            throw WorkerError.io(path: path, code: code)
        }
    }
}
