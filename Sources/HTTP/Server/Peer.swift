import CSockets

/// Who is at a connection's other end.
struct Peer: Sendable {
    /// The address, or `unix`.
    let text: String
    /// What connections are counted by: an IPv4 address, or the network of an IPv6 address. Nil for this machine's own
    /// clients, which are not: a proxy in front brings everybody's connections.
    let network: UInt64?

    init(_ peer: plateau_peer) {
        // Within bounds: the text ends with a NUL inside its array.
        text = withUnsafeBytes(of: peer.text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        network = peer.is_local != 0 ? nil : peer.network
    }
}
