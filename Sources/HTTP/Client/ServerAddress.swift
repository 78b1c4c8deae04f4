/// `http://HOST[:PORT][/]`, taken apart.
struct ServerAddress {
    let host: String
    let port: UInt16
    /// What goes into `Host`.
    let authority: String

    /// - Throws: `HTTPClientError` with the reason `badURL`.
    init(_ url: String) throws(HTTPClientError) {
        func bad(_ detail: String) -> HTTPClientError {
            HTTPClientError(reason: .badURL, server: url, detail: detail)
        }
        guard !url.lowercased().hasPrefix("https:") else {
            throw bad("this client does not speak TLS yet; use http:// on the same machine or through a tunnel")
        }
        guard url.lowercased().hasPrefix("http://") else { throw bad("write it as http://HOST:PORT") }
        var text = url.dropFirst("http://".count)
        if text.last == "/" { text.removeLast() }
        guard let first = text.first, first != ":", Characters.isAuthority(text) else {
            throw bad("write it as http://HOST:PORT, without a path")
        }
        let end = text.lastIndex(of: "]") ?? text.startIndex
        let colon = text[end...].firstIndex(of: ":")
        guard let port = colon.map({ UInt16(text[text.index(after: $0)...]) }) ?? 80, port > 0 else {
            throw bad("the port must be from 1 to 65535")
        }
        let host = text[..<(colon ?? text.endIndex)]
        self.host = host.first == "[" ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
        authority = "\(host):\(port)"
    }
}
