import NeuralNets
import Testing

@testable import Worker

/// A run that the server wants ended is tested and finished as it is.
@Suite(.timeLimit(.minutes(5))) struct EarlyStopTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        study = try TinyStudy()
        server = try study.server()
    }

    @Test func anOrderWithARecordEndsTheRunAfterThatEpoch() async throws {
        server.add(study.run.with { $0.epochs = 5 }, study.run.with { $0.id = "next" })
        server.on(
            { if case .epoch("run", 1, let epoch) = $0 { epoch.epoch == 2 } else { false } },
            { [server] in server.order("stop_early") })
        server.on(
            { if case .finish("run", _, _) = $0 { true } else { false } }, { [server] in server.order(nil) })
        try await server.serve { try await study.drain(server, $0) }
        let outcome = try Outcome(server.journal.events)
        #expect(outcome.curve.map(\.epoch) == [1, 2] && outcome.scores.count == 1)
        #expect(outcome.scores.map(\.stoppedEarly) == [true])
        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        #expect(file.metadata["steps"] == "6")
        // The next one has no such order, and says nothing of it.
        let next = try Outcome(server.journal.events, run: "next")
        #expect(next.curve.count == 2 && next.scores.map(\.stoppedEarly) == [nil])
    }

    @Test func anOrderByHeartbeatIsObeyedAfterTheStepUnderWay() async throws {
        server.add(study.run.with { ($0.leaseSeconds, $0.stepsPerEpoch) = (1, 1_000_000) })
        let isHeard = StopSignal()
        try await server.serve { port in
            async let draining: Void = study.drain(server, port) { [server] configuration in
                configuration.afterStep = { step in
                    guard step == 2, !isHeard.isStopped else { return }
                    server.order("stop_early")
                    #expect(isHeard.wait(.seconds(100)))
                }
            }
            await server.journal.wait(for: .log("to be stopped early"))
            isHeard.stop()
            try await draining
        }
        let outcome = try Outcome(server.journal.events)
        #expect(outcome.curve.isEmpty && outcome.scores.map(\.stoppedEarly) == [true])
        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        #expect(file.metadata["steps"] == "2")
    }
}
