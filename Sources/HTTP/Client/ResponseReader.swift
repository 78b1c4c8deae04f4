import HTTPTypes

/// Puts one answer together from the bytes of a connection (RFC 9112 §6.3).
struct ResponseReader {
    private enum State {
        case statusLine
        case fields(HTTPResponse.Status)
        case length(Int)
        case chunked(ChunkedBody)
        case untilClose
        case done
    }

    private let isHead: Bool
    private let limit: Int
    private var buffer = LineBuffer()
    private var state = State.statusLine
    private var lines: [FieldLine] = []

    private(set) var status: HTTPResponse.Status = .ok
    private(set) var fields = HTTPFields()
    private(set) var body: [UInt8] = []
    private(set) var hasBegun = false

    /// - Parameter limit: bytes of content at most.
    init(isHead: Bool, limit: Int) {
        self.isHead = isHead
        self.limit = limit
    }

    var keepsAlive: Bool {
        guard case .done = state else { return false }
        return fields[.connection]?.lowercased() != "close"
    }

    /// - Returns: true when the answer is complete.
    mutating func feed(_ bytes: [UInt8]) throws -> Bool {
        hasBegun = true
        buffer.append(bytes)
        while true {
            switch state {
            case .statusLine:
                guard let line = try buffer.line() else { return false }
                state = .fields(try Self.status(line))
            case .fields(let status):
                guard let line = try buffer.line() else { return false }
                if !line.isEmpty {
                    lines.append(try FieldLine(line))
                } else {
                    try endHead(status)
                }
            case .length(let remaining):
                guard let bytes = buffer.take(remaining) else { return false }
                try keep(bytes)
                state = bytes.count == remaining ? .done : .length(remaining - bytes.count)
            case .chunked(var chunked):
                let step = try chunked.next(from: &buffer)
                state = .chunked(chunked)
                switch step {
                case nil: return false
                case .bytes(let bytes)?: try keep(bytes)
                case .end?: state = .done
                }
            case .untilClose:
                guard let bytes = buffer.take(.max) else { return false }
                try keep(bytes)
            case .done:
                return true
            }
        }
    }

    /// The server closed the connection.
    /// - Returns: true when that is how this answer ends.
    mutating func close() -> Bool {
        if case .untilClose = state {
            fields[.connection] = "close"
            state = .done
            return true
        }
        return false
    }

    private mutating func endHead(_ status: HTTPResponse.Status) throws {
        fields = HTTPFields()
        for line in lines {
            if let name = HTTPField.Name(line.name) { fields.append(HTTPField(name: name, value: line.value)) }
        }
        lines = []
        if status.kind == .informational {
            state = .statusLine
            return
        }
        self.status = status
        if isHead || ResponseHead.forbidsContent(status) {
            state = .done
        } else if fields[.transferEncoding]?.lowercased() == "chunked" {
            state = .chunked(ChunkedBody())
        } else if let text = fields[.contentLength] {
            guard let length = Int(text), length >= 0 else { throw HTTPError.badRequest("Content-Length is no number.") }
            state = length == 0 ? .done : .length(length)
        } else {
            state = .untilClose
        }
    }

    private mutating func keep(_ bytes: [UInt8]) throws {
        guard body.count + bytes.count <= limit else {
            throw HTTPError.badRequest("The answer is longer than \(limit) bytes.")
        }
        body += bytes
    }

    private static func status(_ line: ArraySlice<UInt8>) throws -> HTTPResponse.Status {
        let text = String(decoding: line, as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let code = Int(text.dropFirst(9).prefix(3)), (100...599).contains(code) else {
            throw HTTPError.badRequest("The first line is not an HTTP/1.1 status line.")
        }
        return HTTPResponse.Status(code: code)
    }
}
