import HTTP

/// What `--listen` says: `HOST:PORT`, `http://HOST:PORT`, `https://HOST:PORT` or `unix:/PATH`, with an IPv6 host in
/// brackets.
struct ListenOption: Sendable, Equatable {
    var endpoint: Endpoint
    /// Other machines can reach it, and what they send there can be read on the way.
    var isExposed: Bool

    /// - Parameter usesTLS: what is meant where the text doesn't say.
    init?(_ text: String, usesTLS: Bool = false) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix:".count)
            guard path.hasPrefix("/") else { return nil }
            (endpoint, isExposed) = (.unix(String(path)), false)
            return
        }
        var rest = text[...]
        var usesTLS = usesTLS
        for (scheme, isSecure) in [("http://", false), ("https://", true)] where rest.hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            usesTLS = isSecure
        }
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
            (0...65535).contains(port)
        else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains("/") else { return nil }
        endpoint = usesTLS ? .tls(String(host), port: port) : .tcp(String(host), port: port)
        isExposed = !usesTLS && host != "localhost" && host != "::1" && !host.hasPrefix("127.")
    }
}
