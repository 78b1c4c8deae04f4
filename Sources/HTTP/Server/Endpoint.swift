/// Where a server listens, or where it is found.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    public enum Address: Sendable, Hashable {
        /// An IP address (`127.0.0.1`, `::1`, `0.0.0.0`, `::`) or a name, of which every address is listened on. Port 0
        /// picks one that is free.
        case tcp(host: String, port: Int)
        /// A Unix domain socket. Its file is readable and writable by this user only, unless `mode` says otherwise.
        case unix(path: String)
    }

    public var address: Address
    /// Permissions of a Unix domain socket's file. The default is 0600.
    public var mode: UInt32 = 0o600

    /// Whether clients speak TLS there, as `ServerConfiguration.tls` says. The default is no.
    public var usesTLS = false

    public init(_ address: Address) {
        self.address = address
    }

    /// Plain HTTP.
    public static func tcp(_ host: String, port: Int) -> Endpoint { Endpoint(.tcp(host: host, port: port)) }

    /// HTTP over TLS.
    public static func tls(_ host: String, port: Int) -> Endpoint {
        var endpoint = tcp(host, port: port)
        endpoint.usesTLS = true
        return endpoint
    }

    public static func unix(_ path: String) -> Endpoint { Endpoint(.unix(path: path)) }

    public var port: Int? {
        if case .tcp(_, let port) = address { port } else { nil }
    }

    /// As a client writes it.
    public var description: String {
        switch address {
        case .tcp(let host, let port):
            "\(usesTLS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
