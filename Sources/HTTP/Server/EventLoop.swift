import CSockets
import Dispatch
import Glibc
import Locks

/// One serial queue that carries many connections: their descriptors stand in one epoll set, which is a single
/// Dispatch source. Everything here and in its connections happens on `queue`; tasks that prefer it as their executor
/// run here, too (SE-0417), between one batch of events and the next.
///
/// `@unchecked Sendable`: every mutable property outside `mailbox` is touched on `queue` alone, which the methods
/// assert.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    private enum Errand {
        case block(@Sendable () -> Void)
        case job(UnownedJob)
    }

    private struct Mailbox {
        var errands: [Errand] = []
        /// The descriptor that wakes the loop; nil unless it runs.
        var bell: Int32?
    }

    private static let tickNanoseconds: UInt64 = 250_000_000
    /// While there is traffic the loop waits this long for more before it goes back to Dispatch.
    private static let waitMilliseconds: Int32 = 1
    /// Batches of events in a row before Dispatch gets its turn.
    private static let batchLimit = 64
    /// Tasks that wake each other run this many times before the sockets are looked at again.
    private static let roundLimit = 16
    private static let bellKey: UInt64 = 0

    let queue: DispatchQueue
    private let mailbox = Guarded(Mailbox())
    private var epoll: Int32 = -1
    private var source: (any DispatchSourceRead)?
    private var timer: (any DispatchSourceTimer)?
    private var handlers: [UInt64: any EventHandler] = [:]
    private var lastKey = EventLoop.bellKey
    private var events = [plateau_event](repeating: plateau_event(), count: 256)
    /// Parts of tasks that are ready to run.
    private var ready: [UnownedJob] = []
    /// Where sockets are read into.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
    private var identifiers = RequestID()
    var figures = LoopFigures()
    private var emptied: [@Sendable () -> Void] = []
    private var date = DateHeader()
    /// Of the monotonic clock, in nanoseconds, as of the last events.
    private(set) var now: UInt64 = plateau_monotonic()
    private var lastTick: UInt64 = 0

    init(label: String) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    deinit { scratch.deallocate() }

    /// - Throws: `ListenError` when the process has no descriptors left.
    func start() throws(ListenError) {
        let epoll = plateau_epoll_create()
        guard epoll >= 0 else { throw ListenError(endpoint: nil, code: -epoll) }
        let bell = plateau_event_create()
        guard bell >= 0 else {
            close(epoll)
            throw ListenError(endpoint: nil, code: -bell)
        }
        _ = plateau_epoll_add(epoll, bell, plateau_readable, Self.bellKey)
        queue.sync {
            self.epoll = epoll
            mailbox.withLock { $0.bell = bell }
            let source = DispatchSource.makeReadSource(fileDescriptor: epoll, queue: queue)
            source.setEventHandler { [weak self] in self?.onLoop { self?.poll() } }
            // The descriptors may be closed only once the source has let go of them.
            source.setCancelHandler {
                close(epoll)
                close(bell)
            }
            let timer = DispatchSource.makeTimerSource(queue: queue)
            timer.setEventHandler { [weak self] in
                self?.onLoop {
                    self?.now = plateau_monotonic()
                    self?.tickIfDue()
                }
            }
            timer.schedule(
                deadline: .now() + .nanoseconds(Int(Self.tickNanoseconds)),
                repeating: .nanoseconds(Int(Self.tickNanoseconds)), leeway: .milliseconds(50))
            self.source = source
            self.timer = timer
            source.activate()
            timer.activate()
        }
    }

    /// Ends the loop; call when nothing is registered any more. What is submitted later still runs, on `queue`.
    func stop() {
        dispatchPrecondition(condition: .onQueue(queue))
        let left = mailbox.withLock { mailbox in
            mailbox.bell = nil
            defer { mailbox.errands = [] }
            return mailbox.errands
        }
        timer?.cancel()
        source?.cancel()
        (timer, source, epoll) = (nil, nil, -1)
        for errand in left { run(errand) }
        // What these make ready goes by `queue`.
        runReady()
    }

    /// The calling thread is the loop's at this moment.
    var isCurrent: Bool { plateau_thread_mark() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// Runs `block` on the loop: before this returns where the caller is on it, else soon.
    func perform(_ block: @escaping @Sendable () -> Void) {
        if isCurrent { block() } else { submit(block) }
    }

    /// The same, for a task that waits for what comes of it.
    func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            perform { continuation.resume(returning: body()) }
        }
    }

    /// Runs `block` on the loop later; from any thread.
    func submit(_ block: @escaping @Sendable () -> Void) {
        if !post(.block(block)) { queue.async { self.onLoop { block() } } }
    }

    /// A task's next part.
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent, epoll >= 0 {
            ready.append(job)
        } else if !post(.job(job)) {
            queue.async { self.onLoop { job.runSynchronously(on: self.asUnownedTaskExecutor()) } }
        }
    }

    /// - Returns: false when the loop does not run.
    private func post(_ errand: Errand) -> Bool {
        mailbox.withLock { mailbox in
            guard let bell = mailbox.bell else { return false }
            mailbox.errands.append(errand)
            // Within the lock, so that `stop` cannot have the descriptor closed meanwhile.
            if mailbox.errands.count == 1 { plateau_event_signal(bell) }
            return true
        }
    }

    private func run(_ errand: Errand) {
        switch errand {
        case .block(let block): block()
        case .job(let job): ready.append(job)
        }
    }

    private func runReady() {
        let jobs = ready
        ready.removeAll(keepingCapacity: true)
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Marks the thread as the loop's while `body` and what it makes ready run.
    private func onLoop(_ body: () -> Void) {
        dispatchPrecondition(condition: .onQueue(queue))
        let before = plateau_thread_mark()
        plateau_set_thread_mark(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        body()
        runRounds()
        // Dispatch comes back for the sockets by itself.
        if !ready.isEmpty { submit {} }
        plateau_set_thread_mark(before)
    }

    private func runRounds() {
        for _ in 0..<Self.roundLimit where !ready.isEmpty { runReady() }
    }

    var currentDate: [UInt8] { date.current(now) }

    func makeRequestID() -> String { identifiers.make() }

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

    /// Everything registered.
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
        for batch in 0..<Self.batchLimit {
            // A handler's block may have stopped the loop.
            guard epoll >= 0 else { return }
            let mayWait = batch > 0 && ready.isEmpty
            let count = plateau_epoll_wait(epoll, &events, Int32(events.count), mayWait ? Self.waitMilliseconds : 0)
            guard count > 0 || !ready.isEmpty else { return }
            now = plateau_monotonic()
            for index in 0..<Int(max(0, count)) {
                let event = events[index]
                if event.key == Self.bellKey { emptyMailbox() } else { handlers[event.key]?.handle(event.events) }
            }
            runRounds()
            tickIfDue()
        }
    }

    private func emptyMailbox() {
        let errands = mailbox.withLock { mailbox in
            if let bell = mailbox.bell { plateau_event_clear(bell) }
            defer { mailbox.errands = [] }
            return mailbox.errands
        }
        for errand in errands { run(errand) }
    }

    private func tickIfDue() {
        guard now - lastTick >= Self.tickNanoseconds / 2 else { return }
        lastTick = now
        for handler in all { handler.tick(now: now) }
    }
}

/// Something with a descriptor in a loop.
protocol EventHandler: AnyObject {
    /// The descriptor is ready as the epoll bits say.
    func handle(_ events: UInt32)
    /// Called a few times a second with the monotonic clock, for deadlines.
    func tick(now: UInt64)
    /// The server wants to end: leave at once when idle (or forced), else after the answer under way.
    func drain(force: Bool)
}
