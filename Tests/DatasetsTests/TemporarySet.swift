import Foundation
import TestSupport

@testable import Datasets

/// A data set in a folder of its own, built file by file.
final class TemporarySet: Sendable {
    private let folder: TemporaryFolder
    /// Canonical, beside `outside` and `cache`.
    let root: String
    let outside: String
    let cache: String

    init() throws {
        folder = try TemporaryFolder()
        guard let canonical = DataRoots.canonical(folder.url.path) else { throw POSIXError(.ENOENT) }
        (root, outside, cache) = (canonical + "/set", canonical + "/outside", canonical + "/cache")
        for path in [root + "/images", root + "/masks", outside, cache] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// Adds a grey image and its mask, whose right half is foreground.
    func add(_ stem: String, width: Int = 8, height: Int = 8, value: UInt8 = 50) throws {
        try write(Self.png(width: width, height: height) { _, _ in [value] }, to: "images/\(stem).png")
        try write(Self.png(width: width, height: height) { x, _ in [2 * x < width ? 0 : 255] }, to: "masks/\(stem).png")
    }

    /// - Parameter file: relative to the data set's folder.
    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(filePath: root + "/" + file))
    }

    func write(_ text: String, to file: String) throws { try write(Array(text.utf8), to: file) }

    func link(_ file: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root + "/" + file, withDestinationPath: target)
    }

    func remove(_ file: String) throws { try FileManager.default.removeItem(atPath: root + "/" + file) }

    func scan(limits: DatasetScanner.Limits = .init()) throws -> DatasetScan {
        try DatasetScanner(limits: limits).scan(root: root, layout: .imageMask)
    }

    /// Each problem as "file reason".
    func problems(limits: DatasetScanner.Limits = .init()) throws -> [String] {
        try scan(limits: limits).problems.map { "\($0.file) \($0.reason.rawValue)" }
    }

    /// - Parameter pixel: its channels, for x and y.
    static func png(width: Int, height: Int, pixel: (Int, Int) -> [UInt8]) throws -> [UInt8] {
        var pixels: [UInt8] = []
        for y in 0..<height { for x in 0..<width { pixels += pixel(x, y) } }
        return try DecodedImage(
            width: width, height: height, channels: pixels.count / (width * height), pixels: pixels
        ).encodedPNG()
    }
}
