/// `http://HOST[:PORT][/]`, the same with `https`, or `unix:/PATH`, taken apart.
struct ServerAddress {
    enum Place: Equatable {
        case tcp(host: String, port: UInt16)
        case unix(path: String)
    }

    let place: Place
    let usesTLS: Bool
    /// What goes into `Host`.
    let authority: String

    private static let form = "write it as http://HOST:PORT, https://HOST:PORT or unix:/PATH"

    /// - Throws: `HTTPClientError` with the reason `badURL`.
    init(_ url: String) throws(HTTPClientError) {
        func bad(_ detail: String) -> HTTPClientError {
            HTTPClientError(reason: .badURL, server: url, detail: detail)
        }
        if url.hasPrefix("unix:") {
            let path = url.dropFirst("unix:".count)
            guard path.first == "/" else { throw bad("write it as unix:/PATH, with the whole path of the socket") }
            guard path.utf8.count <= 107 else { throw bad("the path of a Unix socket has at most 107 bytes") }
            // RFC 9110 §7.2 wants a Host; the socket's path is none.
            (place, usesTLS, authority) = (.unix(path: String(path)), false, "localhost")
            return
        }
        usesTLS = url.lowercased().hasPrefix("https://")
        guard usesTLS || url.lowercased().hasPrefix("http://") else { throw bad(Self.form) }
        var text = url.dropFirst(usesTLS ? "https://".count : "http://".count)
        if text.last == "/" { text.removeLast() }
        guard let first = text.first, first != ":", Characters.isAuthority(text) else {
            throw bad("\(Self.form), without a path after the port")
        }
        let end = text.lastIndex(of: "]") ?? text.startIndex
        let colon = text[end...].firstIndex(of: ":")
        guard let port = colon.map({ UInt16(text[text.index(after: $0)...]) }) ?? (usesTLS ? 443 : 80), port > 0 else {
            throw bad("the port must be from 1 to 65535")
        }
        let host = text[..<(colon ?? text.endIndex)]
        place = .tcp(host: host.first == "[" ? String(host.dropFirst().dropLast()) : String(host), port: port)
        authority = "\(host):\(port)"
    }
}
