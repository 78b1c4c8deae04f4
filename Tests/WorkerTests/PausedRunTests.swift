import Foundation
import Testing

@testable import Worker

/// A run that the server wants back is saved and handed back after the step under way; its worker takes the next.
@Suite(.timeLimit(.minutes(5))) struct PausedRunTests {
    private let study: TinyStudy
    private let server: ScriptedServer

    init() throws {
        study = try TinyStudy()
        server = try study.server()
    }

    private func reports(_ run: String) -> [Event] {
        server.journal.events.filter { event in
            switch event {
            case .epoch(run, _, _), .checkpoint(run, _, _, _), .model(run, _, _), .finish(run, _, _), .release(run, _):
                true
            case .fail: true
            default: false
            }
        }
    }

    @Test func anOrderByHeartbeatIsObeyedAfterTheStepUnderWay() async throws {
        server.add(
            study.run.with { ($0.leaseSeconds, $0.stepsPerEpoch) = (1, 1_000_000) }, study.run.with { $0.id = "next" })
        let isHeard = StopSignal()
        server.on({ $0 == .release(run: "run", attempt: 1) }, { [server] in server.order(nil) })
        try await server.serve { port in
            async let draining: Void = study.drain(server, port) { [server] configuration in
                configuration.afterStep = { step in
                    guard step == 2, !isHeard.isStopped else { return }
                    server.order("pause")
                    #expect(isHeard.wait(.seconds(100)))
                }
            }
            await server.journal.wait(for: .log("to be paused"))
            isHeard.stop()
            try await draining
        }
        #expect(
            reports("run") == [
                .checkpoint(run: "run", attempt: 1, epoch: 0, step: 2), .release(run: "run", attempt: 1),
            ])
        #expect(try Outcome(server.journal.events, run: "next").scores.count == 1)
    }

    /// The answers to an epoch's record and to its checkpoint.
    @Test(arguments: [ScriptedServer.Endpoint.epochs, .saveCheckpoint])
    func anOrderWithAReportIsObeyedAndTheRunGoesOnToTheSameResult(endpoint: ScriptedServer.Endpoint) async throws {
        try await server.serve { port in
            server.add(study.run.with { $0.id = "calm" })
            try await study.drain(server, port)
            let expected = try Outcome(server.journal.events, run: "calm")

            server.add(study.run)
            server.on({ event in
                switch event {
                case .epoch("run", 1, _): endpoint == .epochs
                case .checkpoint("run", 1, _, _): endpoint == .saveCheckpoint
                default: false
                }
            }) { [server] in server.order("pause") }
            server.on({ $0 == .release(run: "run", attempt: 1) }, { [server] in server.order(nil) })
            try await study.drain(server, port)
            #expect(
                reports("run").suffix(2) == [
                    .checkpoint(run: "run", attempt: 1, epoch: 1, step: 3), .release(run: "run", attempt: 1),
                ])
            #expect(try Outcome(server.journal.events).curve == Array(expected.curve.prefix(1)))

            server.add(study.run.with { $0.attempt = 2 })
            try await study.drain(server, port)
            #expect(try Outcome(server.journal.events) == expected)
        }
    }

    @Test func aRunPausedWhileItsImagesArePackedIsHandedBack() async throws {
        // Another worker packs: this one waits for the lock.
        try FileManager.default.createDirectory(atPath: study.cacheDirectory, withIntermediateDirectories: true)
        let path = "\(study.cacheDirectory)/\(study.dataHash)-16x16.pack.lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
        defer { close(lock) }
        server.add(study.run.with { $0.leaseSeconds = 1 })
        server.order("pause")
        try await server.serve { try await study.drain(server, $0) }
        #expect(reports("run") == [.release(run: "run", attempt: 1)])
    }

    @Test func anUnknownOrderIsNone() async throws {
        server.add(study.run)
        server.order("dance")
        try await server.serve { try await study.drain(server, $0) }
        #expect(try Outcome(server.journal.events).scores.count == 1)
    }
}
