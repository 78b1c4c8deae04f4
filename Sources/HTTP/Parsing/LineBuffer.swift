import HTTPTypes

/// Bytes that have come in and are not consumed yet, taken out as lines or as runs of bytes.
struct LineBuffer {
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
    /// it otherwise. A bare CR is refused for the same reason.
    mutating func line() throws -> ArraySlice<UInt8>? {
        guard let end = bytes[scanned...].firstIndex(of: UInt8(ascii: "\n")) else {
            // A CR that something else follows can be told at once.
            let complete = bytes[scanned...].dropLast()
            if complete.contains(UInt8(ascii: "\r")) { throw HTTPError.badRequest("A CR stands without its LF.") }
            scanned = max(start, bytes.count - 1)
            return nil
        }
        guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else {
            throw HTTPError.badRequest("A line ends in LF without CR.")
        }
        let line = bytes[start..<end - 1]
        if line.contains(UInt8(ascii: "\r")) { throw HTTPError.badRequest("A CR stands without its LF.") }
        start = end + 1
        scanned = start
        return line
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
