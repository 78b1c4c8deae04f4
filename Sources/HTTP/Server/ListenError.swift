import Glibc

/// A listening socket could not be had.
public struct ListenError: Error, Sendable, CustomStringConvertible {
    /// Nil where the process has no descriptors left for anything.
    public var endpoint: Endpoint?
    /// An errno.
    public var code: Int32

    public var description: String {
        switch (endpoint?.address, code) {
        case (.tcp(let host, let port)?, EADDRINUSE):
            "port \(port) on \(host) is in use: stop the other program or choose another port"
        case (.tcp(_, let port)?, EACCES): "this user may not listen on port \(port): choose a port from 1024 up"
        case (.tcp(let host, _)?, EADDRNOTAVAIL): "\(host) is not an address of this machine"
        case (.tcp(_, let port)?, ERANGE): "\(port) is no port: give one from 1 to 65535, or 0 for any that is free"
        case (.unix(let path)?, EADDRINUSE):
            "\(path) is in use: stop the program that listens on it, move the file away, or choose another path"
        case (.unix(let path)?, ENAMETOOLONG):
            "\(path) is too long for a Unix socket, which takes 107 bytes: choose a shorter path"
        case (.unix(let path)?, ENOENT): "the folder of \(path) does not exist: make it, or choose another path"
        case (let address?, _): "cannot listen on \(Endpoint(address)): \(String(cString: strerror(code)))"
        case (nil, _): "cannot start: \(String(cString: strerror(code)))"
        }
    }
}
