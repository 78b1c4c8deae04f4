import Foundation
import Logging

/// Keeps the server's own workers alive: each is a child process, started again with a growing pause when it dies.
///
/// A child's standard input is a pipe whose other end only this process holds: when the server dies, however it dies,
/// the child reads end-of-file and leaves.
actor WorkerSupervisor {
    /// How the children are started.
    struct Plan: Sendable {
        var executable: URL
        var arguments: [String]
        var environment: [String: String]
        var count: Int
    }

    private let plan: Plan
    private let backoff: RestartBackoff
    private let logger: Logger
    private var children: [Int: Child] = [:]
    private var quickDeaths: [Int: Int] = [:]
    private var isStopping = false
    private var drained: CheckedContinuation<Void, Never>?

    private struct Child {
        var process: Process
        var lifeline: Pipe
        var started: ContinuousClock.Instant
    }

    init(plan: Plan, backoff: RestartBackoff = RestartBackoff(), logger: Logger) {
        self.plan = plan
        self.backoff = backoff
        self.logger = logger
    }

    func start() {
        for slot in 0..<plan.count { launch(slot) }
    }

    /// Asks every child to checkpoint, release its run and leave; kills what is left after `grace`.
    func stop(grace: Duration) async {
        isStopping = true
        guard !children.isEmpty else { return }
        for child in children.values { child.process.terminate() }
        let killer = Task {
            try await Task.sleep(for: grace)
            killAll()
        }
        await withCheckedContinuation { drained = $0 }
        killer.cancel()
    }

    private func launch(_ slot: Int) {
        guard !isStopping else { return }
        let process = Process()
        let lifeline = Pipe()
        // The children must not hold each other's lifelines open.
        _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.executableURL = plan.executable
        process.arguments = plan.arguments + ["--name", "local-\(slot)"]
        process.environment = plan.environment
        process.standardInput = lifeline
        process.terminationHandler = { [weak self] process in
            let status = process.terminationStatus
            let wasSignal = process.terminationReason == .uncaughtSignal
            Task { await self?.ended(slot, wasSignal ? "signal \(status)" : "exit code \(status)") }
        }
        do {
            try process.run()
            children[slot] = Child(process: process, lifeline: lifeline, started: .now)
            logger.info("worker started", metadata: ["slot": "\(slot)", "pid": "\(process.processIdentifier)"])
        } catch {
            logger.error("worker could not be started", metadata: ["slot": "\(slot)", "error": "\(error)"])
            relaunch(slot, afterLifetime: .zero)
        }
    }

    private func ended(_ slot: Int, _ how: String) {
        guard let child = children.removeValue(forKey: slot) else { return }
        if isStopping {
            if children.isEmpty {
                drained?.resume()
                drained = nil
            }
            return
        }
        logger.warning("worker ended", metadata: ["slot": "\(slot)", "how": "\(how)"])
        relaunch(slot, afterLifetime: ContinuousClock.now - child.started)
    }

    private func relaunch(_ slot: Int, afterLifetime lifetime: Duration) {
        let deaths = backoff.deaths(after: lifetime, previous: quickDeaths[slot] ?? 0)
        quickDeaths[slot] = deaths
        let pause = backoff.pause(deaths: deaths)
        Task {
            try? await Task.sleep(for: pause)
            launch(slot)
        }
    }

    private func killAll() {
        for child in children.values {
            logger.warning("worker did not leave in time", metadata: ["pid": "\(child.process.processIdentifier)"])
            kill(child.process.processIdentifier, SIGKILL)
        }
    }
}
