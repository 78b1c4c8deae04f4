import HTTPTypes

/// Turns the bytes of a connection into requests: a pure state machine that gives the same events however the bytes
/// are split. After an error nothing more can be read from the connection.
struct RequestParser {
    enum Event {
        case head(RequestHead)
        case body([UInt8])
        /// The request is complete; the next call begins the next one.
        case end
    }

    private enum State {
        case requestLine
        case fields(requestLine: ArraySlice<UInt8>)
        case length(Int)
        case chunked(ChunkedBody)
        case end
    }

    private let limits: HTTPLimits
    private var buffer = LineBuffer()
    private var state = State.requestLine
    private var fields: [FieldLine] = []
    private var headBytes = 0
    private var bodyBytes = 0

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

    mutating func feed(_ bytes: some Collection<UInt8>) {
        buffer.append(bytes)
    }

    /// The next event, or nil when more bytes are needed.
    mutating func next() throws -> Event? {
        while true {
            switch state {
            case .requestLine:
                guard let line = try headLine() else { return nil }
                // RFC 9112 §2.2: an empty line before the request line is ignored.
                if !line.isEmpty { state = .fields(requestLine: ArraySlice(Array(line))) }
            case .fields(let requestLine):
                guard let line = try headLine() else { return nil }
                guard line.isEmpty else {
                    fields.append(try FieldLine(line))
                    guard fields.count <= limits.fieldCount else {
                        throw HTTPError(.requestHeaderFieldsTooLarge, "There are more than \(limits.fieldCount) headers.")
                    }
                    continue
                }
                let head = try RequestHead(requestLine: requestLine, fields: fields, limits: limits)
                fields = []
                headBytes = 0
                bodyBytes = 0
                switch head.framing {
                case .none: state = .end
                case .length(let length): state = .length(length)
                case .chunked: state = .chunked(ChunkedBody())
                }
                return .head(head)
            case .length(let remaining):
                guard let bytes = buffer.take(min(remaining, 64 * 1024)) else { return nil }
                state = bytes.count == remaining ? .end : .length(remaining - bytes.count)
                return .body(bytes)
            case .chunked(var body):
                let step = try body.next(from: &buffer)
                state = .chunked(body)
                switch step {
                case nil: return nil
                case .bytes(let bytes)?:
                    bodyBytes += bytes.count
                    guard bodyBytes <= limits.bodyBytes else {
                        throw HTTPError(.contentTooLarge, "The body is longer than \(limits.bodyBytes) bytes.")
                    }
                    return .body(bytes)
                case .end?: state = .end
                }
            case .end:
                state = .requestLine
                return .end
            }
        }
    }

    /// A line of the head, within the bound on the whole head.
    private mutating func headLine() throws -> ArraySlice<UInt8>? {
        let line = try buffer.line()
        headBytes += line.map { $0.count + 2 } ?? 0
        guard headBytes + (line == nil ? buffer.count : 0) <= limits.headBytes else {
            if case .requestLine = state {
                throw HTTPError(.uriTooLong, "The request line is longer than \(limits.headBytes) bytes.")
            }
            throw HTTPError(.requestHeaderFieldsTooLarge, "The headers are longer than \(limits.headBytes) bytes.")
        }
        return line
    }
}
