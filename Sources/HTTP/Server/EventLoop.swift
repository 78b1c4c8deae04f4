import CSockets
import Dispatch
import Foundation

/// One serial queue that carries many connections: their descriptors stand in one epoll set, which is a single
/// Dispatch source. Everything here and in its connections happens on `queue`.
///
/// `@unchecked Sendable`: every mutable property is touched on `queue` alone, which the methods assert.
final class EventLoop: @unchecked Sendable {
    let queue: DispatchQueue
    private let epoll: Int32
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private var handlers: [UInt64: any EventHandler] = [:]
    private var lastKey: UInt64 = 0
    private var events = [plateau_event](repeating: plateau_event(), count: 256)
    private var emptied: [@Sendable () -> Void] = []
    private var date = DateHeader()

    init(index: Int) throws {
        queue = DispatchQueue(label: "http-loop-\(index)", qos: .userInitiated)
        let descriptor = plateau_epoll_create()
        guard descriptor >= 0 else { throw ListenError(host: "epoll", port: 0, code: -descriptor) }
        epoll = descriptor
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
    }

    func start() {
        source.setEventHandler { [weak self] in self?.poll() }
        // The descriptor may be closed only once the source has let go of it.
        source.setCancelHandler { [epoll] in close(epoll) }
        timer.setEventHandler { [weak self] in self?.tick() }
        timer.schedule(deadline: .now() + .milliseconds(250), repeating: .milliseconds(250))
        source.activate()
        timer.activate()
    }

    /// Ends the loop; call when nothing is registered any more.
    func stop() {
        dispatchPrecondition(condition: .onQueue(queue))
        timer.cancel()
        source.cancel()
    }

    var currentDate: String { date.current() }

    /// - Returns: the key under which the descriptor is known; nil when the kernel refused.
    func register(_ descriptor: Int32, _ interest: UInt32, _ handler: any EventHandler) -> UInt64? {
        dispatchPrecondition(condition: .onQueue(queue))
        lastKey += 1
        guard plateau_epoll_add(epoll, descriptor, interest, lastKey) == 0 else { return nil }
        handlers[lastKey] = handler
        return lastKey
    }

    func change(_ descriptor: Int32, _ interest: UInt32, key: UInt64) {
        dispatchPrecondition(condition: .onQueue(queue))
        _ = plateau_epoll_change(epoll, descriptor, interest, key)
    }

    /// Events of this batch that are still to come find no handler: keys are never used twice.
    func unregister(_ descriptor: Int32, key: UInt64) {
        dispatchPrecondition(condition: .onQueue(queue))
        _ = plateau_epoll_remove(epoll, descriptor)
        handlers[key] = nil
        notifyIfEmpty()
    }

    /// Every registered connection.
    var all: [any EventHandler] { Array(handlers.values) }

    /// Calls `body` once nothing is registered.
    func whenEmpty(_ body: @escaping @Sendable () -> Void) {
        dispatchPrecondition(condition: .onQueue(queue))
        emptied.append(body)
        notifyIfEmpty()
    }

    private func notifyIfEmpty() {
        guard handlers.isEmpty else { return }
        let waiting = emptied
        emptied = []
        for body in waiting { body() }
    }

    private func poll() {
        while true {
            let count = plateau_epoll_poll(epoll, &events, Int32(events.count))
            guard count > 0 else { return }
            for event in events[..<Int(count)] { handlers[event.key]?.handle(event.events) }
            if count < events.count { return }
        }
    }

    private func tick() {
        let now = DispatchTime.now().uptimeNanoseconds
        for handler in handlers.values { handler.tick(now: now) }
    }
}

/// Something with a descriptor in a loop.
protocol EventHandler: AnyObject {
    /// The descriptor is ready as the epoll bits say.
    func handle(_ events: UInt32)
    /// Called four times a second with the monotonic clock, for deadlines.
    func tick(now: UInt64)
    /// The server wants to end: leave at once when idle (or forced), else after the answer under way.
    func drain(force: Bool)
}
