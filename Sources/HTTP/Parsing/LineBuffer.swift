/// Bytes that have come in and are not consumed yet, taken out as lines or as runs of bytes.
struct LineBuffer {
    /// Why there is no line.
    enum LineFailure: Error {
        case bareCR
        case bareLF
        case tooLong
    }

    private var bytes: [UInt8] = []
    private var start = 0
    /// Where the search for the next line end goes on, so that no byte is looked at twice.
    private var scanned = 0

    var count: Int { bytes.count - start }

    /// What came is kept as it is where nothing waits, else copied behind it.
    mutating func append(_ more: [UInt8]) {
        if start == bytes.count {
            bytes = more
            (start, scanned) = (0, 0)
            return
        }
        if start > 0 {
            bytes.removeFirst(start)
            scanned -= start
            start = 0
        }
        bytes += more
    }

    /// The next line without its CRLF; nil when it has not come whole.
    ///
    /// RFC 9112 §2.2 lets a recipient take a bare LF for a line end; we don't, since a proxy in front of us may see
    /// it otherwise. A bare CR is refused for the same reason. Bytes are judged in order, so that the outcome does not
    /// depend on how they were split.
    /// - Parameter limit: bytes the line may have, its CRLF included.
    mutating func line(limit: Int) throws(LineFailure) -> ArraySlice<UInt8>? {
        let (end, isWhole) = try Self.search(bytes.span, from: scanned, start: start, limit: limit)
        scanned = end
        guard isWhole else { return nil }
        let line = bytes[start..<end]
        start = end + 2
        scanned = start
        return line
    }

    /// - Returns: the index of the line's CRLF, or where to go on once more has come.
    private static func search(
        _ bytes: Span<UInt8>, from: Int, start: Int, limit: Int
    ) throws(LineFailure) -> (Int, Bool) {
        // No byte of the line may stand from here on.
        let beyond = limit < bytes.count - start ? start + limit : bytes.count
        var index = from
        while index < beyond {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\n") { throw .bareLF }
            guard byte == UInt8(ascii: "\r") else {
                index += 1
                continue
            }
            guard index + 1 - start < limit else { throw .tooLong }
            guard index + 1 < bytes.count else { return (index, false) }
            guard bytes[index + 1] == UInt8(ascii: "\n") else { throw .bareCR }
            return (index, true)
        }
        if index < bytes.count { throw .tooLong }
        return (index, false)
    }

    /// Up to `limit` bytes; nil when there are none.
    mutating func take(_ limit: Int) -> [UInt8]? {
        let taken = min(limit, count)
        guard taken > 0 else { return nil }
        if taken == bytes.count {
            defer { self = LineBuffer() }
            return bytes
        }
        let run = Array(bytes[start..<start + taken])
        start += taken
        scanned = start
        return run
    }

    /// Lets go of memory that nothing waits in.
    mutating func release() {
        if start == bytes.count { self = LineBuffer() }
    }
}

extension HTTPError {
    /// - Parameter tooLong: what to answer to a line beyond its bound.
    init(_ failure: LineBuffer.LineFailure, tooLong: HTTPError) {
        switch failure {
        case .bareCR: self = .badRequest("A CR stands without its LF.")
        case .bareLF: self = .badRequest("A line ends in LF without CR.")
        case .tooLong: self = tooLong
        }
    }
}
