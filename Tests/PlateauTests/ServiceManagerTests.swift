import Foundation
import TestSupport
import Testing

@testable import plateau

/// What the service manager is told.
@Suite struct ServiceManagerTests {
    /// A datagram socket, as a service manager has one.
    private final class Listener {
        let descriptor: Int32

        init(_ path: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var name = [UInt8](path.utf8)
            if name[0] == UInt8(ascii: "@") { name[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
            let bound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(bound == 0)
        }

        deinit { close(descriptor) }

        /// What has come already; nil where nothing has.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 1000)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    @Test(arguments: [true, false]) func whatIsToldArrives(isAbstract: Bool) throws {
        let folder = try TemporaryFolder()
        let path = isAbstract ? "@plateau-test-\(UUID().uuidString)" : folder.url.appending(path: "s").path
        let listener = try Listener(path)
        let manager = ServiceManager(["NOTIFY_SOCKET": path])
        #expect(manager.beat == nil)
        manager.tell("READY=1\nSTATUS=here")
        #expect(listener.next() == "READY=1\nSTATUS=here")
        #expect(listener.next() == nil)
    }

    @Test func theWatchdogHearsOfALiveServerAlone() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "s").path
        let listener = try Listener(path)
        let manager = ServiceManager(["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "7"], pid: 7)
        #expect(manager.beat == .milliseconds(1))
        let (looks, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task { await manager.keepTelling { continuation.yield() } }
        // Before the third look two beats have been told.
        var count = 0
        for await _ in looks {
            count += 1
            if count == 3 { break }
        }
        task.cancel()
        #expect(listener.next() == "WATCHDOG=1" && listener.next() == "WATCHDOG=1")
    }

    @Test func whereNobodyAsksNothingIsTold() {
        let watchdog = ["WATCHDOG_USEC": "2000"]
        #expect(ServiceManager(watchdog).beat == nil)
        #expect(ServiceManager(watchdog.merging(["NOTIFY_SOCKET": "relative"]) { $1 }).beat == nil)
        let other = watchdog.merging(["NOTIFY_SOCKET": "/s", "WATCHDOG_PID": "1"]) { $1 }
        #expect(ServiceManager(other, pid: 2).beat == nil)
        ServiceManager([:]).tell("READY=1")
        ServiceManager(["NOTIFY_SOCKET": "/nobody/listens/here"]).tell("READY=1")
        ServiceManager(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 500)]).tell("READY=1")
    }
}
