import API
import Foundation
import LearningCurves

/// A learning curve in a CSV file, as `CurveTable` reads it.
struct CurveFile {
    static let maximumBytes = 16 << 20

    let points: [CurvePoint]

    /// - throws: `CommandFailure` naming the file, the line and what is wrong with it.
    init(at url: URL) throws {
        do {
            points = try CurveTable(try Self.text(at: url)).points
        } catch let failure as CurveTable.Failure {
            throw CommandFailure(
                code: ExitStatus.failed, message: "\(url.lastPathComponent): \(failure.problem)")
        }
    }

    /// - throws: `CommandFailure` for a file that cannot be read, is too large or is no text.
    static func text(at url: URL) throws -> String {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: "\(url.lastPathComponent): \(problem)")
        }
        let size = try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int
        guard let size else { throw failure("cannot be read") }
        guard size <= maximumBytes else {
            throw failure("has \(size) bytes; a file of numbers may have \(maximumBytes)")
        }
        guard let bytes = FileManager.default.contents(atPath: url.path) else { throw failure("cannot be read") }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("is not UTF-8 text") }
        return text
    }
}
