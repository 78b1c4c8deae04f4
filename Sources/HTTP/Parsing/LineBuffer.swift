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

    mutating func append(_ more: some Collection<UInt8>) {
        if start > 0, start == bytes.count || start > 64 * 1024 {
            bytes.removeFirst(start)
            scanned -= start
            start = 0
        }
        bytes.append(contentsOf: more)
    }

    /// The next line without its CRLF; nil when it has not come whole.
    ///
    /// RFC 9112 §2.2 lets a recipient take a bare LF for a line end; we don't, since a proxy in front of us may see
    /// it otherwise. A bare CR is refused for the same reason. Bytes are judged in order, so that the outcome does not
    /// depend on how they were split.
    /// - Parameter limit: bytes the line may have, its CRLF included.
    mutating func line(limit: Int) throws(LineFailure) -> ArraySlice<UInt8>? {
        while scanned < bytes.count {
            guard scanned - start < limit else { throw .tooLong }
            let byte = bytes[scanned]
            if byte == UInt8(ascii: "\n") { throw .bareLF }
            guard byte == UInt8(ascii: "\r") else {
                scanned += 1
                continue
            }
            guard scanned + 1 - start < limit else { throw .tooLong }
            guard scanned + 1 < bytes.count else { return nil }
            guard bytes[scanned + 1] == UInt8(ascii: "\n") else { throw .bareCR }
            let line = bytes[start..<scanned]
            start = scanned + 2
            scanned = start
            return line
        }
        return nil
    }

    /// Up to `limit` bytes; nil when there are none.
    mutating func take(_ limit: Int) -> [UInt8]? {
        let taken = min(limit, count)
        guard taken > 0 else { return nil }
        let run = Array(bytes[start..<start + taken])
        start += taken
        scanned = start
        return run
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
