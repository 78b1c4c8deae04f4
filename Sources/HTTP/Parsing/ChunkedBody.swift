import HTTPTypes

/// Decodes the chunked transfer coding (RFC 9112 §7.1). Extensions are bounded and dropped.
struct ChunkedBody {
    enum Step {
        case bytes([UInt8])
        /// The end, with what came after the last chunk; usually nothing.
        case end(trailers: HTTPFields)
    }

    private enum State {
        case size
        case data(Int)
        case dataEnd
        case trailers
        case done
    }

    /// Bytes of one chunk-size line, and of all trailers together.
    static let lineLimit = 8 * 1024
    /// Framing may outweigh content by this much, so that tiny chunks with long extensions cannot keep us busy.
    static let overheadAllowance = 16 * 1024

    private let limit: Int
    private var state = State.size
    private var contentBytes = 0
    private var overheadBytes = 0
    private var trailerBytes = 0
    private var trailers = HTTPFields()
    private var trailerCount = 0

    /// - Parameter limit: bytes of content at most; 413 over it, before any of the chunk that goes over.
    init(limit: Int) {
        self.limit = limit
    }

    /// The next piece of content, or nil when more input is needed.
    mutating func next(from buffer: inout LineBuffer) throws -> Step? {
        while true {
            switch state {
            case .size:
                guard let line = try line(from: &buffer, limit: Self.lineLimit) else { return nil }
                let size = try Self.size(line)
                guard size <= limit - contentBytes else { throw HTTPError.contentTooLarge(limit: limit) }
                contentBytes += size
                overheadBytes += line.count + 4
                // A bare size line is up to 20 bytes; a client may send single-byte chunks without extensions.
                guard overheadBytes <= Self.overheadAllowance + 20 * contentBytes else {
                    throw HTTPError.badRequest("The chunk extensions outweigh the content.")
                }
                state = size == 0 ? .trailers : .data(size)
            case .data(let remaining):
                guard let bytes = buffer.take(min(remaining, 64 * 1024)) else { return nil }
                state = bytes.count == remaining ? .dataEnd : .data(remaining - bytes.count)
                return .bytes(bytes)
            case .dataEnd:
                do {
                    // RFC 9112 §7.1: exactly CRLF follows the data.
                    guard let line = try buffer.line(limit: 2) else { return nil }
                    guard line.isEmpty else { throw LineBuffer.LineFailure.tooLong }
                } catch { throw HTTPError.badRequest("A chunk is longer than its size says.") }
                state = .size
            case .trailers:
                guard let line = try line(from: &buffer, limit: Self.lineLimit - trailerBytes) else { return nil }
                if line.isEmpty {
                    state = .done
                    return .end(trailers: trailers)
                }
                trailerBytes += line.count + 2
                try keep(FieldLine(line))
            case .done:
                return nil
            }
        }
    }

    private func line(from buffer: inout LineBuffer, limit: Int) throws -> ArraySlice<UInt8>? {
        do {
            return try buffer.line(limit: limit)
        } catch {
            var tooLong = HTTPError.badRequest("A chunk's size line is too long.")
            if case .trailers = state {
                tooLong = HTTPError(
                    .requestHeaderFieldsTooLarge, "The trailers are longer than \(Self.lineLimit) bytes.")
            }
            throw HTTPError(error, tooLong: tooLong)
        }
    }

    private mutating func keep(_ line: FieldLine) throws {
        trailerCount += 1
        guard trailerCount <= 100 else {
            throw HTTPError(.requestHeaderFieldsTooLarge, "There are more than 100 trailers.")
        }
        if !Trailers.isForbidden(line.name) { trailers.append(line.field) }
    }

    /// `1*HEXDIG [ chunk-ext ]`, at most 15 digits so that it fits an Int.
    private static func size(_ line: ArraySlice<UInt8>) throws -> Int {
        let bytes = line.span
        var size = 0
        var index = 0
        while index < bytes.count, let digit = Characters.hexValue(bytes[index]) {
            guard index < 15 else { throw HTTPError.badRequest("A chunk's size has more than 15 digits.") }
            size = size << 4 | Int(digit)
            index += 1
        }
        guard index > 0, index == bytes.count || ChunkExtensions.areWellFormed(line.dropFirst(index)) else {
            throw HTTPError.badRequest("A chunk's size is not a hexadecimal number, or its extensions are malformed.")
        }
        return size
    }
}

extension HTTPError {
    static func contentTooLarge(limit: Int) -> HTTPError {
        HTTPError(.contentTooLarge, "The body is longer than \(limit) bytes.")
    }
}
