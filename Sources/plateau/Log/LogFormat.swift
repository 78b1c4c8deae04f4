import Foundation
import Logging

/// How lines of the log are written.
enum LogFormat: String, Sendable, CaseIterable {
    /// A time, a level, the message and `name=value` pairs: for people, and for tools that read logfmt.
    case logfmt
    /// A JSON object on each line: `time`, `level`, `message`, and a field for each pair.
    case json

    /// What a command says on standard error when it ends for an error.
    func tellEnd(of command: String, _ error: any Error) {
        switch self {
        case .logfmt: Screen.complain("plateau \(command): \(error)")
        case .json:
            let stream = LogStream(descriptor: STDERR_FILENO, format: .json)
            stream.line(.critical, "plateau \(command) cannot go on") { $0.pair("error", "\(error)") }
            stream.flush()
        }
    }

    static let names = allCases.map(\.rawValue).joined(separator: " or ")
}
