import Foundation
import Testing

@testable import Worker

/// A run that is stopped, dropped or begun anew gives the records of an undisturbed one, to the bit.
@Suite(.timeLimit(.minutes(5))) struct InterruptionTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        var study = try TinyStudy()
        // What is drawn at random is drawn again.
        study.augmentation = VariationTests.all
        self.study = study
        server = try study.server()
    }

    /// Trains `calm` without any disturbance.
    private func undisturbed(_ port: Int) async throws -> Outcome {
        server.add(study.run.with { $0.id = "calm" })
        try await study.drain(server, port)
        let outcome = try Outcome(server.journal.events, run: "calm")
        try #require(outcome.curve.count == 2 && outcome.scores.count == 1)
        return outcome
    }

    /// Two epochs of three steps: within either, and at the end of either, where validation is under way.
    @Test(arguments: 1...6) func stoppedAfterAStepAndResumed(stop: Int) async throws {
        try await server.serve { port in
            let expected = try await undisturbed(port)
            server.add(study.run)
            let handle = StopHandle()
            let worker = study.worker(port, server.journal) { $0.afterStep = { if $0 == stop { handle.stop() } } }
            handle.worker = worker
            let start = server.journal.events.count
            try await onThread { try worker.run() }
            let events = server.journal.events
            // The network as it stood after that step is saved, then the run handed back.
            #expect(
                events.suffix(2) == [
                    .checkpoint(run: "run", attempt: 1, epoch: (stop - 1) / 3, step: stop),
                    .release(run: "run", attempt: 1),
                ])
            #expect(try Outcome(Array(events[start...])).curve == Array(expected.curve.prefix((stop - 1) / 3)))

            server.add(study.run.with { $0.attempt = 2 })
            let steps = StepCount()
            try await study.drain(server, port) { configuration in
                configuration.threads = 2
                configuration.afterStep = { _ in steps.add() }
            }
            #expect(try Outcome(server.journal.events) == expected)
            // It went on where the first left off.
            #expect(steps.count == 6 - stop)
            #expect(attempts(server.journal.events.dropFirst(events.count)) == [2])
        }
    }

    @Test func stoppedWhileTestingAndResumed() async throws {
        try await server.serve { port in
            let expected = try await undisturbed(port)
            server.add(study.run)
            let worker = study.worker(port, server.journal)
            let last = Event.checkpoint(run: "run", attempt: 1, epoch: 2, step: 6)
            server.on({ $0 == last }, { worker.stop() })
            try await onThread { try worker.run() }
            #expect(server.journal.events.suffix(2) == [last, .release(run: "run", attempt: 1)])

            server.add(study.run.with { $0.attempt = 2 })
            let before = server.journal.events.count
            try await study.drain(server, port)
            #expect(
                server.journal.events.dropFirst(before) == [
                    .claim(worker: "tester", run: "run"),
                    .model(run: "run", attempt: 2, fingerprint: expected.weights[0]),
                    .finish(run: "run", attempt: 2, expected.scores[0]), .idle,
                ])
        }
    }

    @Test func stoppedBeforeTheFirstStepLeavesNoCheckpoint() async throws {
        try await server.serve { port in
            server.add(study.run)
            let worker = study.worker(port, server.journal)
            server.on({ $0 == .claim(worker: "tester", run: "run") }, { worker.stop() })
            try await onThread { try worker.run() }
        }
        // The claim's answer may be lost as well, when the stop overtakes it.
        let events = server.journal.events.dropFirst()
        #expect(events.isEmpty || events == [.release(run: "run", attempt: 1)])
        #expect(server.checkpoint(of: "run") == nil)
    }

    /// As after a crash between an epoch's record and its checkpoint.
    @Test func anEpochToldTwiceIsTheSame() async throws {
        try await server.serve { port in
            let expected = try await undisturbed(port)
            server.add(study.run)
            server.fail(.saveCheckpoint, .status(409))
            try await study.drain(server, port)
            server.add(study.run.with { $0.attempt = 2 })
            try await study.drain(server, port)
            let events = server.journal.events
            let told = events.compactMap { event -> Int? in
                if case .epoch("run", _, let record) = event { record.epoch } else { nil }
            }
            #expect(told == [1, 1, 2])
            // `Outcome` refuses a contradiction.
            #expect(try Outcome(events) == expected)
        }
    }

    enum Damage: CaseIterable { case flipped, cut, empty, otherNetwork, otherPlace, missing, unreadable }

    @Test(arguments: Damage.allCases) func aUselessCheckpointMeansBeginningAnew(damage: Damage) async throws {
        try await server.serve { port in
            let expected = try await undisturbed(port)
            let sound = try #require(server.checkpoint(of: "calm"))
            var bytes = sound.bytes
            switch damage {
            case .flipped: bytes[bytes.count / 2] ^= 1
            case .cut: bytes.removeLast(100)
            case .empty: bytes = []
            case .otherNetwork:
                server.add(study.run.with { ($0.id, $0.depth) = ("deep", 3) })
                try await study.drain(server, port)
                bytes = try #require(server.checkpoint(of: "deep")).bytes
            case .otherPlace:
                let network = try RunProgress.unwrap(bytes).network
                bytes = try RunProgress(epoch: 1).wrap(network)
            case .missing: server.fail(.readCheckpoint, .status(404))
            case .unreadable: server.fail(.readCheckpoint, .status(500))
            }
            server.setCheckpoint(.init(epoch: 1, step: 3, bytes: bytes), of: "run")
            server.add(study.run.with { $0.attempt = 2 })
            let steps = StepCount()
            try await study.drain(server, port) { $0.afterStep = { _ in steps.add() } }
            #expect(try Outcome(server.journal.events) == expected)
            #expect(steps.count == 6)
        }
    }

    /// The attempts that reports carry.
    private func attempts(_ events: some Sequence<Event>) -> Set<Int> {
        Set(
            events.compactMap { event in
                switch event {
                case .heartbeat(let attempt), .epoch(_, let attempt, _), .checkpoint(_, let attempt, _, _),
                    .model(_, let attempt, _), .finish(_, let attempt, _), .fail(_, let attempt, _, _),
                    .release(_, let attempt):
                    attempt
                case .claim, .idle, .refinement, .fault, .log: nil
                }
            })
    }
}
