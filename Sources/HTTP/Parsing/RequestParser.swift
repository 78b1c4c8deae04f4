import HTTPTypes

/// Turns the bytes of a connection into requests: a pure state machine that gives the same events however the bytes
/// are split, but for where content is cut. After an error nothing more can be read from the connection.
struct RequestParser {
    enum Event {
        case head(RequestHead)
        case body([UInt8])
        /// What followed the last chunk, if anything did.
        case trailers(HTTPFields)
        /// The request is complete; the next call begins the next one.
        case end
    }

    private enum State {
        case requestLine
        case fields(RequestLine)
        case length(Int)
        case chunked(ChunkedBody)
        case end
    }

    /// Empty lines before a request line.
    static let emptyLineLimit = 4

    private let limits: HTTPLimits
    private var buffer = LineBuffer()
    private var state = State.requestLine
    private var head = HeadFields()
    private var fieldCount = 0
    private var headBytes = 0
    private var emptyLines = 0

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Bytes taken in and not yet given out.
    var buffered: Int { buffer.count }

    /// Some of a request has come, but not all of it.
    var isInsideRequest: Bool {
        if case .requestLine = state { return buffer.count > 0 }
        return true
    }

    /// Bytes of content still to come, buffered ones among them; nil when that cannot be known.
    var remainingContent: Int? {
        switch state {
        case .length(let remaining): remaining
        case .chunked: nil
        case .requestLine, .fields, .end: 0
        }
    }

    mutating func feed(_ bytes: [UInt8]) {
        buffer.append(bytes)
    }

    /// The next event, or nil when more bytes are needed.
    mutating func next() throws -> Event? {
        while true {
            switch state {
            case .requestLine:
                guard let line = try headLine() else { return nil }
                if line.isEmpty {
                    // RFC 9112 §2.2: an empty line before the request line is ignored; old clients send one or two.
                    emptyLines += 1
                    guard emptyLines <= Self.emptyLineLimit else {
                        throw HTTPError.badRequest("There are more than \(Self.emptyLineLimit) empty lines.")
                    }
                } else {
                    state = .fields(try RequestLine(line, targetLimit: limits.targetBytes))
                }
            case .fields(let requestLine):
                guard let line = try headLine() else { return nil }
                if line.isEmpty { return .head(try endHead(requestLine)) }
                fieldCount += 1
                guard fieldCount <= limits.fieldCount else {
                    throw HTTPError(.requestHeaderFieldsTooLarge, "There are more than \(limits.fieldCount) headers.")
                }
                head.append(try FieldLine(line))
            case .length(let remaining):
                guard let bytes = buffer.take(min(remaining, 64 * 1024)) else { return nil }
                state = bytes.count == remaining ? .end : .length(remaining - bytes.count)
                return .body(bytes)
            case .chunked(var body):
                let step = try body.next(from: &buffer)
                state = .chunked(body)
                switch step {
                case nil: return nil
                case .bytes(let bytes)?: return .body(bytes)
                case .end(let trailers)?:
                    state = .end
                    if !trailers.isEmpty { return .trailers(trailers) }
                }
            case .end:
                state = .requestLine
                buffer.release()
                return .end
            }
        }
    }

    private mutating func endHead(_ requestLine: RequestLine) throws -> RequestHead {
        let head = try RequestHead(requestLine, head, bodyLimit: limits.bodyBytes)
        (self.head, fieldCount, headBytes, emptyLines) = (HeadFields(), 0, 0, 0)
        switch head.framing {
        case .none: state = .end
        case .length(let length): state = .length(length)
        case .chunked: state = .chunked(ChunkedBody(limit: limits.bodyBytes))
        }
        return head
    }

    /// A line of the head, within the bound on the whole head.
    private mutating func headLine() throws -> ArraySlice<UInt8>? {
        do {
            let line = try buffer.line(limit: limits.headBytes - headBytes)
            headBytes += line.map { $0.count + 2 } ?? 0
            return line
        } catch {
            var tooLong = HTTPError(
                .requestHeaderFieldsTooLarge, "The headers are longer than \(limits.headBytes) bytes.")
            if case .requestLine = state {
                tooLong = HTTPError(.uriTooLong, "The request line is longer than \(limits.headBytes) bytes.")
            }
            throw HTTPError(error, tooLong: tooLong)
        }
    }
}
