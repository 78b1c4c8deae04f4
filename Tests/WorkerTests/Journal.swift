import Foundation
import Locks
import Logging

@testable import HTTP
@testable import Worker

/// Runs blocking work on a thread of its own: the few threads that tasks share must stay free for the server.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// What a worker was seen to do, in order.
enum Event: Sendable, Equatable {
    case claim(worker: String, run: String)
    /// A claim for which there is no run.
    case idle
    case heartbeat(attempt: Int)
    case epoch(run: String, attempt: Int, EpochReport)
    case checkpoint(run: String, attempt: Int, epoch: Int, step: Int)
    case model(run: String, attempt: Int, fingerprint: UInt64)
    case finish(run: String, attempt: Int, Score)
    case fail(run: String, attempt: Int, message: String, retry: Bool)
    case release(run: String, attempt: Int)
    case refinement(version: String, report: [UInt8])
    /// The script had it that this request goes wrong.
    case fault(ScriptedServer.Endpoint)
    case log(String)

    struct Score: Sendable, Hashable {
        var dsc: Double
        var deviation: Double
        var cases: Int
        var byClass: [FinishReport.ClassScore]
        /// Nil where the report does not say.
        var stoppedEarly: Bool?
    }
}

/// Events as they happen, to wait for.
final class Journal: Sendable {
    private struct State {
        var events: [Event] = []
        var isOutOfTime = false
        var waiting: [(matches: @Sendable ([Event]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Guarded(State())

    /// All but the log's, and but heartbeats, which come when they like.
    var events: [Event] {
        everything.filter { event in
            switch event {
            case .log, .heartbeat, .fault(.heartbeat): false
            default: true
            }
        }
    }

    var everything: [Event] { state.withLock(\.events) }

    func add(_ event: Event) {
        let woken = state.withLock { state in
            state.events.append(event)
            let events = state.events
            let woken = state.waiting.filter { $0.matches(events) }
            state.waiting.removeAll { $0.matches(events) }
            return woken.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Returns once that has happened `count` times, be it before the call, or when the test is out of time.
    func wait(count: Int = 1, for matches: @escaping @Sendable (Event) -> Bool) async {
        let isEnough: @Sendable ([Event]) -> Bool = { $0.lazy.filter(matches).count >= count }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isOutOfTime || isEnough(state.events) { return true }
                    state.waiting.append((isEnough, continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let woken = state.withLock { state in
                state.isOutOfTime = true
                defer { state.waiting = [] }
                return state.waiting.map(\.continuation)
            }
            for continuation in woken { continuation.resume() }
        }
    }

    func wait(for event: Event) async { await wait { $0 == event } }

    /// Writes messages as events.
    var logger: Logger {
        Logger(label: "test") { _ in Handler(journal: self) }
    }

    private struct Handler: LogHandler {
        let journal: Journal
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        init(journal: Journal) { self.journal = journal }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { journal.add(.log("\(event.message)")) }
    }
}

/// Stops a worker from a signal that its own configuration carries.
final class StopHandle: Sendable {
    private let state = Guarded<TrainingWorker?>(nil)

    var worker: TrainingWorker? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    func stop() { worker?.stop() }
}

/// Counts steps, from any thread.
final class StepCount: Sendable {
    private let state = Guarded(0)

    var count: Int { state.withLock { $0 } }

    func add() { state.withLock { $0 += 1 } }
}
