import CSockets
import Glibc

/// A socket that clients can connect to.
struct ListeningSocket: Sendable {
    let descriptor: Int32
    /// Where it is bound: with the port that was found for port 0.
    let endpoint: Endpoint
    private var file: (device: UInt64, inode: UInt64) = (0, 0)

    private init(descriptor: Int32, endpoint: Endpoint) {
        self.descriptor = descriptor
        self.endpoint = endpoint
    }

    /// The sockets of an endpoint, one for each address of its host, all on one port.
    static func open(_ endpoint: Endpoint, backlog: Int) throws(ListenError) -> [ListeningSocket] {
        let backlog = Int32(clamping: backlog)
        switch endpoint.address {
        case .tcp(let host, let port):
            guard let number = UInt16(exactly: port) else { throw ListenError(endpoint: endpoint, code: ERANGE) }
            var descriptors = [Int32](repeating: -1, count: 16)
            let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
            // Within bounds: it writes at most as many descriptors as there is room for.
            let count = plateau_listen(bare, number, backlog, &descriptors, Int32(descriptors.count))
            guard count > 0 else { throw ListenError(endpoint: endpoint, code: -count) }
            var bound = endpoint
            bound.address = .tcp(host: bare, port: Int(plateau_bound_port(descriptors[0])))
            return descriptors[..<Int(count)].map { ListeningSocket(descriptor: $0, endpoint: bound) }
        case .unix(let path):
            var file: (device: UInt64, inode: UInt64) = (0, 0)
            let descriptor = plateau_listen_unix(path, endpoint.mode, backlog, &file.device, &file.inode)
            guard descriptor >= 0 else { throw ListenError(endpoint: endpoint, code: -descriptor) }
            var socket = ListeningSocket(descriptor: descriptor, endpoint: endpoint)
            socket.file = file
            return [socket]
        }
    }

    /// Closes it and removes its file, if that is still its own.
    func close() {
        Glibc.close(descriptor)
        if case .unix(let path) = endpoint.address { plateau_remove_socket(path, file.device, file.inode) }
    }
}
