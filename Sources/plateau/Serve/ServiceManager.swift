import Foundation

/// Tells the service manager that started the server how it is, by datagrams to the socket in `NOTIFY_SOCKET`
/// (sd_notify(3)). Without one it tells nobody.
struct ServiceManager: Sendable {
    /// Variables that are for this process alone.
    static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]

    private let path: String?
    /// How often it wants to hear that the server is alive: half as long as it waits for that; nil where it doesn't.
    let beat: Duration?

    init(_ environment: [String: String], pid: Int32 = getpid()) {
        path = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
        let isForThis = environment["WATCHDOG_PID"].map { $0 == "\(pid)" } ?? true
        let microseconds = environment["WATCHDOG_USEC"].flatMap { Int64($0) } ?? 0
        beat = path != nil && isForThis && microseconds > 0 ? .microseconds(microseconds / 2) : nil
    }

    /// - Parameter state: such as `READY=1`; several lines at most.
    func tell(_ state: String) {
        guard let path else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // A name that begins with a NUL is abstract: it is in no folder.
        var name = [UInt8](path.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let bytes = [UInt8](state.utf8)
        // Nothing is to be done where nobody listens.
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }

    /// Says again and again that the server is alive, as long as `isAlive` returns. For the life of the task.
    func keepTelling(_ isAlive: @Sendable () async -> Void) async {
        guard let beat else { return }
        while !Task.isCancelled {
            await isAlive()
            tell("WATCHDOG=1")
            try? await Task.sleep(for: beat)
        }
    }
}
