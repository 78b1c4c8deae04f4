import Foundation
import HTTPTypes
import Testing

@testable import HTTP

/// A connection's bytes and what must come of them; `Corpus/README.md` says how they are written down.
struct CorpusCase: Sendable, CustomTestStringConvertible {
    /// A request that a handler gets and answers.
    struct Handled: Sendable {
        var line: String
        var content: [UInt8] = []
        var saw: [(name: String, value: String)] = []
        var trailers: [(name: String, value: String)] = []
        var without: [String] = []
    }

    enum Ending: Equatable, Sendable {
        case refused(Int)
        case keeps
        case closes
        case waits
    }

    var name: String
    var bytes: [UInt8] = []
    var handled: [Handled] = []
    var sendsContinue = false
    var ending: Ending?

    var testDescription: String { name }

    /// Bounds small enough to be met by short texts.
    static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.headBytes = 512
        limits.fieldCount = 8
        limits.targetBytes = 128
        limits.bodyBytes = 64
        return limits
    }()

    static let all: [CorpusCase] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }.flatMap { file in
            read((try? String(contentsOf: file, encoding: .utf8)) ?? "", file.lastPathComponent)
        }
    }()

    private static func read(_ text: String, _ file: String) -> [CorpusCase] {
        var cases: [CorpusCase] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty { continue }
            if line.hasPrefix("== ") {
                cases.append(CorpusCase(name: String(line.dropFirst(3))))
                continue
            }
            let rest = line.dropFirst(2)
            let last = cases.count - 1
            switch line.first {
            case ">": cases[last].bytes += CorpusText.bytes(rest) + [13, 10]
            case "|": cases[last].bytes += CorpusText.bytes(rest)
            case "=": cases[last].expect(rest)
            default: preconditionFailure("\(file):\(number + 1): \(line)")
            }
        }
        return cases
    }

    private mutating func expect(_ text: Substring) {
        let words = text.split(separator: " ", maxSplits: 1)
        let last = handled.count - 1
        switch words[0] {
        case "100": sendsContinue = true
        case "keeps": ending = .keeps
        case "closes": ending = .closes
        case "waits": ending = .waits
        case "saw": handled[last].saw.append(Self.field(words[1]))
        case "trailer": handled[last].trailers.append(Self.field(words[1]))
        case "without": handled[last].without.append(String(words[1]))
        default:
            if let status = Int(words[0]) {
                ending = .refused(status)
                return
            }
            let parts = text.split(separator: " \"", maxSplits: 1)
            var request = Handled(line: String(decoding: CorpusText.bytes(parts[0]), as: UTF8.self))
            if parts.count > 1 { request.content = CorpusText.bytes(parts[1].dropLast()) }
            handled.append(request)
        }
    }

    private static func field(_ text: Substring) -> (name: String, value: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        let value = parts.count > 1 ? CorpusText.bytes(parts[1]) : []
        return (String(parts[0]), String(decoding: value, as: UTF8.self).trimmingCharacters(in: .whitespaces))
    }
}

/// Text with its escapes and repetitions as bytes.
enum CorpusText {
    static func bytes(_ text: some StringProtocol) -> [UInt8] {
        var rest = Array(text.utf8)[...]
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(escaped(&rest))
            case UInt8(ascii: "{"): bytes += repeated(&rest) ?? [byte]
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8 {
        switch rest.removeFirst() {
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "0"): return 0
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            rest.removeFirst(2)
            guard let byte = UInt8(digits, radix: 16) else { preconditionFailure("\\x\(digits)") }
            return byte
        case let byte: return byte
        }
    }

    /// `{600*ab}`; nil where the brace stands for itself.
    private static func repeated(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let digits = rest.prefix(while: CharacterClass.digit.contains)
        guard let count = Int(String(decoding: digits, as: UTF8.self)),
            rest.dropFirst(digits.count).first == UInt8(ascii: "*")
        else { return nil }
        let begin = digits.endIndex + 1
        var depth = 1
        guard
            let end = rest[begin...].firstIndex(where: { byte in
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth -= 1 }
                return depth == 0
            })
        else { return nil }
        let inner = bytes(String(decoding: rest[begin..<end], as: UTF8.self))
        rest = rest[(end + 1)...]
        return Array(repeatElement(inner, count: count).joined())
    }
}
