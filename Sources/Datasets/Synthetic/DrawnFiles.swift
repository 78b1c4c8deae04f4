import Foundation

/// The folder of a generated data set.
struct DrawnFiles {
    private let folder: String

    /// Makes the folders where they are missing.
    ///
    /// - Throws: `DatasetError.io`, also where one of them already holds something.
    init(_ folder: String, subfolders: [String]) throws {
        self.folder = folder
        for name in subfolders {
            let path = folder + "/" + name
            if let present = try? FileManager.default.contentsOfDirectory(atPath: path), !present.isEmpty {
                throw DatasetError.io(path: path, operation: "draw into", code: ENOTEMPTY)
            }
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw Self.failure(error, path, "create")
            }
        }
    }

    /// - Parameter file: relative to the folder.
    func save(_ bytes: [UInt8], _ file: String) throws {
        let path = folder + "/" + file
        do {
            try Data(bytes).write(to: URL(filePath: path))
        } catch {
            throw Self.failure(error, path, "write")
        }
    }

    /// synth-0000 and so on, in as many digits as the last one needs.
    static func stem(_ index: Int, of count: Int) -> String {
        let number = "\(index)"
        return "synth-" + String(repeating: "0", count: max(4, "\(count - 1)".count) - number.count) + number
    }

    /// Foundation's error with the system's code, which tells a full disk from a folder that may not be written to.
    private static func failure(_ error: any Error, _ path: String, _ operation: String) -> DatasetError {
        let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
        return .io(path: path, operation: operation, code: underlying?.code.rawValue ?? EIO)
    }
}
