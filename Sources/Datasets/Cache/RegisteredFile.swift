import Foundation

/// A file of a manifest, which must still be what it was when the data set was registered.
struct RegisteredFile {
    private let file: DatasetFile
    private let root: String

    /// - Parameter root: canonical.
    init(_ file: DatasetFile, root: String) {
        self.file = file
        self.root = root
    }

    /// - Parameter limit: in bytes.
    /// - Throws: `DatasetError.changed` when the file is gone, another, or not to be decoded; `.io` where the system
    ///   refuses.
    func decode<Contents>(limit: Int, _ decode: ([UInt8]) throws(FileFailure) -> Contents) throws -> Contents {
        let path = root + "/" + file.path
        do {
            let bytes = try FileBytes.read(file.path, root: root, limit: limit)
            guard SHA256Digest.hex(bytes) == file.sha256 else {
                throw DatasetError.changed("\(path) has changed since it was registered: register the data set anew")
            }
            return try decode(bytes)
        } catch DatasetError.io(_, _, ENOENT) {
            throw DatasetError.changed("\(path) is gone: put the data set back where it was registered")
        } catch let failure as FileFailure {
            throw DatasetError.changed("\(path) \(failure.detail)")
        }
    }
}
