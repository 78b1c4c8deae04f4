import Foundation
import Testing

@testable import Worker

/// What fails on the way is tried again, and what is trained comes to nothing else than on a calm day.
@Suite(.timeLimit(.minutes(5))) struct OutageTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        study = try TinyStudy()
        server = try study.server()
    }

    @Test(arguments: [
        ScriptedServer.Fault.status(503), .status(500), .status(507), .status(429), .status(408), .hangUp,
    ])
    func everyRequestIsTriedAgain(fault: ScriptedServer.Fault) async throws {
        let endpoints: [ScriptedServer.Endpoint] = [.claim, .manifest, .epochs, .saveCheckpoint, .saveModel, .finish]
        server.add(study.run)
        for endpoint in endpoints { server.fail(endpoint, fault) }
        try await server.serve { try await study.drain(server, $0) }
        let events = server.journal.events
        for endpoint in endpoints { #expect(events.contains(.fault(endpoint)), "\(endpoint)") }
        let outcome = try Outcome(events)
        #expect(outcome.curve.count == 2 && outcome.scores.count == 1)
        #expect(server.checkpoint(of: "run")?.step == 6)
    }

    @Test(arguments: [ScriptedServer.Fault.status(503), .hangUp])
    func soAreTheLessFrequentOnes(fault: ScriptedServer.Fault) async throws {
        // A run that fails, one that is stopped, one that is resumed.
        try await server.serve { port in
            server.add(study.run.with { ($0.id, $0.learningRate) = ("bad", 1e30) })
            server.fail(.fail, fault)
            try await study.drain(server, port)
            #expect(server.journal.events.contains { if case .fail("bad", 1, _, false) = $0 { true } else { false } })

            server.add(study.run)
            server.fail(.saveCheckpoint, fault)
            server.fail(.release, fault)
            let handle = StopHandle()
            let worker = study.worker(port, server.journal) { $0.afterStep = { if $0 == 2 { handle.stop() } } }
            handle.worker = worker
            try await onThread { try worker.run() }
            #expect(
                server.journal.events.suffix(4) == [
                    .fault(.saveCheckpoint), .checkpoint(run: "run", attempt: 1, epoch: 0, step: 2), .fault(.release),
                    .release(run: "run", attempt: 1),
                ])

            server.add(study.run.with { $0.attempt = 2 })
            server.fail(.readCheckpoint, fault)
            let steps = StepCount()
            try await study.drain(server, port) { $0.afterStep = { _ in steps.add() } }
            #expect(steps.count == 4)
            #expect(try Outcome(server.journal.events).scores.count == 1)
        }
    }

    @Test func aServerThatGoesAndComesBackFindsTheRunGoingOn() async throws {
        server.add(study.run)
        let paused = StopSignal()
        let worker = try await server.serve { port in
            let worker = study.worker(port, server.journal) { configuration in
                // In the second epoch, until the server is gone.
                configuration.afterStep = { if $0 == 4 { #expect(paused.wait(.seconds(50))) } }
            }
            let running = Task { try await onThread { try worker.run() } }
            await server.journal.wait(for: .checkpoint(run: "run", attempt: 1, epoch: 1, step: 3))
            return (port: port, stop: { worker.stop() }, running: running)
        }
        paused.stop()
        await server.journal.wait(count: 2, for: { $0 == .log("trying again") })
        try await server.serve(port: worker.port) { _ in
            await server.journal.wait(for: .idle)
            worker.stop()
            try await worker.running.value
        }
        let outcome = try Outcome(server.journal.events)
        #expect(outcome.curve.count == 2 && outcome.scores.count == 1)
        #expect(!server.journal.events.contains(.release(run: "run", attempt: 1)))
    }

    @Test func aWorkerStoppedWhileTheServerIsAwayEnds() async throws {
        server.add(study.run)
        let paused = StopSignal()
        let (worker, running) = try await server.serve { port in
            let worker = study.worker(port, server.journal) { configuration in
                configuration.farewellSeconds = 0.3
                configuration.afterStep = { if $0 == 4 { #expect(paused.wait(.seconds(50))) } }
            }
            let running = Task { try await onThread { try worker.run() } }
            await server.journal.wait(for: .checkpoint(run: "run", attempt: 1, epoch: 1, step: 3))
            return (worker, running)
        }
        worker.stop()
        paused.stop()
        try await running.value
        #expect(server.checkpoint(of: "run")?.step == 3)
    }

    @Test func aWorkerStoppedBetweenTwoTriesOfAClaimEnds() async throws {
        // Nothing listens on a port that was free a moment ago.
        let port = try await server.serve { $0 }
        let worker = study.worker(port, server.journal)
        async let running: Void = onThread { try worker.run() }
        await server.journal.wait(count: 2, for: { $0 == .log("cannot claim") })
        worker.stop()
        try await running
        #expect(server.journal.events.isEmpty)
    }
}
