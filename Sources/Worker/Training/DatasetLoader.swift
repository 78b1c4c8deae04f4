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

    /// - Throws: `WorkerError.hopeless` when the data set is not there any more, has changed or cannot be resampled as
    ///   asked, `.io` when the cache cannot be written, `.stopped` where `shouldStop` says so.
    func load(_ claim: Claim, manifest bytes: [UInt8], shouldStop: () -> Bool) throws -> TrainingData {
        let manifest: DatasetManifest
        do {
            manifest = try JSONDecoder().decode(DatasetManifest.self, from: Data(bytes))
        } catch {
            throw WorkerError.server("the manifest cannot be understood: \(error)")
        }
        guard manifest.dataHash == claim.dataset.dataHash, manifest.dimensions == claim.dataset.dimensions,
            manifest.channels == claim.dataset.channels
        else { throw WorkerError.server("the manifest is of another data set") }
        do {
            return TrainingData(classes: manifest.classes, content: try open(manifest, claim, shouldStop))
        } catch DatasetError.changed(let detail) {
            throw WorkerError.hopeless(detail)
        } catch DatasetError.unusableSpacing(let detail) {
            throw WorkerError.hopeless(detail)
        } catch DatasetError.cancelled {
            throw WorkerError.stopped
        } catch DatasetError.io(let path, _, let code) where path.hasPrefix(cacheDirectory) {
            throw WorkerError.io(path: path, code: code)
        }
    }

    private func open(_ manifest: DatasetManifest, _ claim: Claim, _ shouldStop: () -> Bool) throws
        -> TrainingData.Content
    {
        guard manifest.dimensions == 3 else {
            let size = claim.sampleSize
            return .images(
                try PackedDataset(
                    manifest: manifest, root: claim.dataset.path, height: size[1], width: size[2],
                    cacheDirectory: cacheDirectory, shouldStop: shouldStop))
        }
        return .volumes(
            Volumes(
                try PackedVolumes(
                    manifest: manifest, root: claim.dataset.path, spacing: claim.training.spacing,
                    cacheDirectory: cacheDirectory, shouldStop: shouldStop)))
    }
}
