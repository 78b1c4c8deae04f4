import HTTPTypes

/// Turns the bytes of a connection into one answer (RFC 9112 §6.3): pure, the same events however the bytes are split,
/// but for where content is cut. Throws `HTTPError` whose detail says what is wrong with the answer.
struct ResponseParser {
    enum Event: Equatable {
        case head(HTTPResponse.Status, HTTPFields)
        case body([UInt8])
        /// What followed the last chunk, if anything did.
        case trailers(HTTPFields)
        case end
    }

    private enum State {
        case statusLine
        case fields(HTTPResponse.Status)
        case length(Int)
        case chunked(ChunkedBody)
        case untilClose
        case end
        case done
    }

    /// All heads together, interim ones among them.
    static let headLimit = 64 * 1024

    private let isHead: Bool
    private let limit: Int
    private var buffer = LineBuffer()
    private var state = State.statusLine
    private var fields = HTTPFields()
    private var headBytes = 0
    private var bodyBytes = 0
    private var isHTTP10 = false

    /// Whether another request may follow on the connection; to be asked after the end.
    private(set) var keepsAlive = true
    private(set) var hasBegun = false

    /// - Parameters:
    ///   - isHead: the request was HEAD, to which no content belongs.
    ///   - limit: bytes of content at most.
    init(isHead: Bool, limit: Int) {
        self.isHead = isHead
        self.limit = limit
    }

    mutating func feed(_ bytes: [UInt8]) {
        if !bytes.isEmpty { hasBegun = true }
        buffer.append(bytes)
    }

    /// The next event, or nil when more bytes are needed.
    mutating func next() throws -> Event? {
        while true {
            switch state {
            case .statusLine:
                guard let line = try headLine() else { return nil }
                state = .fields(try status(line))
            case .fields(let status):
                guard let line = try headLine() else { return nil }
                guard line.isEmpty else {
                    fields.append(try FieldLine(line).field)
                    continue
                }
                defer { fields = HTTPFields() }
                // RFC 9110 §15.2: interim answers come before the final one. To another protocol nobody asked to switch.
                guard status != .switchingProtocols else { throw HTTPError.badRequest("It switches protocols.") }
                if status.kind == .informational {
                    state = .statusLine
                } else {
                    try frame(status)
                    return .head(status, fields)
                }
            case .length(let remaining):
                guard let bytes = buffer.take(min(remaining, 64 * 1024)) else { return nil }
                state = bytes.count == remaining ? .end : .length(remaining - bytes.count)
                return .body(bytes)
            case .chunked(var chunked):
                let step = try chunked.next(from: &buffer)
                state = .chunked(chunked)
                switch step {
                case nil: return nil
                case .bytes(let bytes)?: return .body(bytes)
                case .end(let trailers)?:
                    state = .end
                    if !trailers.isEmpty { return .trailers(trailers) }
                }
            case .untilClose:
                guard let bytes = buffer.take(64 * 1024) else { return nil }
                bodyBytes += bytes.count
                guard bodyBytes <= limit else { throw tooLong }
                return .body(bytes)
            case .end:
                state = .done
                // What follows an answer uninvited cannot be trusted to belong to the next.
                if buffer.count > 0 { keepsAlive = false }
                return .end
            case .done:
                return nil
            }
        }
    }

    /// What has come in and belongs to no answer yet.
    var rest: [UInt8] {
        var buffer = buffer
        return buffer.take(.max) ?? []
    }

    /// The server closed the connection.
    /// - Returns: true when that is how this answer ends.
    mutating func close() -> Bool {
        guard case .untilClose = state else { return false }
        state = .done
        return true
    }

    private var tooLong: HTTPError { HTTPError(.contentTooLarge, "It is longer than \(limit) bytes.") }

    private mutating func frame(_ status: HTTPResponse.Status) throws {
        let options = RequestHead.members(fields[values: .connection])
        keepsAlive = !options.contains("close") && (!isHTTP10 || options.contains("keep-alive"))
        let codings = RequestHead.members(fields[values: .transferEncoding])
        let lengths = fields[values: .contentLength]
        if isHead || ResponseHead.forbidsContent(status) {
            state = .end
        } else if !codings.isEmpty {
            guard codings == ["chunked"] else { throw HTTPError.badRequest("Its transfer coding is not chunked.") }
            // RFC 9112 §6.3: with both, the coding counts and the connection must not be used again; nor, by §6.1, where an
            // HTTP/1.0 server has a coding.
            if !lengths.isEmpty || isHTTP10 { keepsAlive = false }
            state = .chunked(ChunkedBody(limit: limit))
        } else if let text = lengths.first {
            guard Set(lengths).count == 1, let length = ContentLength(text) else {
                throw HTTPError.badRequest("Its Content-Length is no number.")
            }
            guard length.bytes <= limit else { throw tooLong }
            state = length.bytes == 0 ? .end : .length(length.bytes)
        } else {
            keepsAlive = false
            state = .untilClose
        }
    }

    private mutating func headLine() throws -> ArraySlice<UInt8>? {
        do {
            let line = try buffer.line(limit: Self.headLimit - headBytes)
            headBytes += line.map { $0.count + 2 } ?? 0
            return line
        } catch {
            throw HTTPError(error, tooLong: .badRequest("Its headers are longer than \(Self.headLimit) bytes."))
        }
    }

    /// `HTTP/1.1 200 [reason]`, RFC 9112 §4.
    private mutating func status(_ line: ArraySlice<UInt8>) throws -> HTTPResponse.Status {
        let bytes = Array(line)
        guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8), CharacterClass.digit.contains(bytes[7]),
            bytes[8] == UInt8(ascii: " "), bytes.count == 12 || bytes[12] == UInt8(ascii: " "),
            bytes[9...11].allSatisfy(CharacterClass.digit.contains),
            let code = Int(String(decoding: bytes[9...11], as: UTF8.self)), (100...599).contains(code)
        else { throw HTTPError.badRequest("The first line is not an HTTP/1.1 status line.") }
        isHTTP10 = bytes[7] == UInt8(ascii: "0")
        return HTTPResponse.Status(code: code)
    }
}
