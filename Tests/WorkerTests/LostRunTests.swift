import Datasets
import Foundation
import Testing

@testable import Worker

/// Runs that are cancelled or taken back, runs that cannot succeed, and workers that cannot go on.
@Suite(.timeLimit(.minutes(5))) struct LostRunTests {
    private let study: TinyStudy
    private let server: ScriptedServer
    private let next: RunScript

    init() throws {
        study = try TinyStudy()
        server = try study.server()
        next = study.run.with { $0.id = "next" }
    }

    private var nextFinished: Bool {
        get throws { try Outcome(server.journal.events, run: "next").scores.count == 1 }
    }

    private var reports: [Event] {
        server.journal.events.filter { event in
            switch event {
            case .epoch("run", _, _), .checkpoint("run", _, _, _), .model("run", _, _), .finish("run", _, _), .fail,
                .release:
                true
            default: false
            }
        }
    }

    @Test(
        arguments: [ScriptedServer.Endpoint.epochs, .saveCheckpoint, .saveModel, .finish, .manifest], [409, 404, 410])
    func aReportOfALostRunDropsIt(endpoint: ScriptedServer.Endpoint, status: Int) async throws {
        server.add(study.run, next)
        server.fail(endpoint, .status(status))
        try await server.serve { try await study.drain(server, $0) }
        let counts: [ScriptedServer.Endpoint: Int] = [
            .manifest: 0, .epochs: 0, .saveCheckpoint: 1, .saveModel: 4, .finish: 5,
        ]
        #expect(reports.count == counts[endpoint])
        #expect(!reports.contains { if case .fail = $0 { true } else { false } })
        #expect(try nextFinished)
    }

    @Test(arguments: [409, 404, 401]) func aHeartbeatOfALostRunDropsIt(status: Int) async throws {
        // Too long to end otherwise.
        server.add(study.run.with { ($0.leaseSeconds, $0.stepsPerEpoch) = (1, 1_000_000) }, next)
        server.refuseHeartbeats(of: "run", status)
        try await server.serve { try await study.drain(server, $0) }
        #expect(reports.isEmpty)
        #expect(try nextFinished)
    }

    @Test func aRunLostWhileItsImagesArePackedDoesNotEndTheWorker() async throws {
        // Another worker packs: this one waits for the lock.
        try FileManager.default.createDirectory(atPath: study.cacheDirectory, withIntermediateDirectories: true)
        let path = "\(study.cacheDirectory)/\(study.dataHash)-16x16.pack.lock"
        let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(lock >= 0 && flock(lock, LOCK_EX) == 0)
        server.add(study.run.with { $0.leaseSeconds = 1 }, next)
        server.refuseHeartbeats(of: "run", 409)
        try await server.serve { port in
            async let draining: Void = study.drain(server, port)
            await server.journal.wait(for: .log("lease lost"))
            close(lock)
            try await draining
        }
        #expect(reports.isEmpty)
        #expect(try nextFinished)
    }

    @Test func theManifestOfAnotherDataSetFailsTheAttempt() async throws {
        var other = study
        other.dataHash = String(repeating: "0", count: 64)
        server.add(other.run, next)
        try await server.serve { try await study.drain(server, $0) }
        #expect(
            reports == [.fail(run: "run", attempt: 1, message: "the manifest is of another data set", retry: true)])
        #expect(try nextFinished)
    }

    enum Hopeless: CaseIterable {
        case changedImage, noCases, tinyImageSize, lossNotFinite, noSteps, wildAugmentation
    }

    @Test(arguments: Hopeless.allCases) func whatCannotSucceedIsNotTriedAgain(why: Hopeless) async throws {
        var script = study.run
        let words: String
        switch why {
        case .changedImage:
            try Data([1]).write(to: URL(filePath: study.root + "/" + study.manifest.cases[0].images[0].path))
            words = "has changed since it was registered"
        case .noCases:
            script.dataset.validation = []
            words = "lacks cases"
        case .tinyImageSize:
            // One pixel would be left at the lowest level, of one image.
            (script.depth, script.batchSize) = (6, 1)
            words = "cannot be built"
        case .lossNotFinite:
            script.learningRate = 1e30
            words = "lower the learning rate"
        case .noSteps:
            script.stepsPerEpoch = 0
            words = "out of bounds"
        case .wildAugmentation:
            script.augmentation.scale = [0, 1]
            words = "out of bounds"
        }
        server.add(script)
        try await server.serve { try await study.drain(server, $0) }
        guard case .fail("run", 1, let message, retry: false)? = reports.first, reports.count == 1 else {
            Issue.record("\(reports)")
            return
        }
        #expect(message.contains(words))
    }

    // MARK: - The end of a worker

    /// Runs a worker that is expected to end by itself.
    private func errorOfWorker(
        _ port: Int, _ change: @escaping @Sendable (inout WorkerConfiguration) -> Void = { _ in }
    ) async throws -> WorkerError? {
        let worker = study.worker(port, server.journal, change)
        do {
            try await onThread { try worker.run() }
            return nil
        } catch let error as WorkerError {
            return error
        }
    }

    @Test func anUnknownTokenEndsTheWorker() async throws {
        server.add(study.run)
        let error = try await server.serve { try await errorOfWorker($0) { $0.token = "another" } }
        guard case .refused("The token is not known.") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.journal.events.isEmpty)
    }

    @Test(
        arguments: [401, 403],
        [ScriptedServer.Endpoint.claim, .manifest, .epochs, .saveCheckpoint, .saveModel, .finish])
    func aTokenRevokedAtAnyTimeEndsTheWorker(status: Int, endpoint: ScriptedServer.Endpoint) async throws {
        server.add(study.run)
        server.fail(endpoint, .status(status))
        let error = try await server.serve { try await errorOfWorker($0) }
        guard case .refused = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        // Nothing comes after it.
        #expect(server.journal.events.last == .fault(endpoint))
    }

    @Test(arguments: [ScriptedServer.Fault.status(404), .status(409), .nonsense])
    func whatIsNoServerOfThisProtocolEndsTheWorker(fault: ScriptedServer.Fault) async throws {
        server.fail(.claim, fault)
        let error = try await server.serve { try await errorOfWorker($0) }
        guard case .server = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.journal.events == [.fault(.claim)])
    }

    @Test func aCacheThatCannotBeWrittenEndsTheWorkerBeforeItClaims() async throws {
        server.add(study.run)
        let error = try await server.serve { try await errorOfWorker($0) { $0.cacheDirectory = "/proc/plateau" } }
        guard case .io(path: "/proc/plateau", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(server.journal.events.isEmpty)
    }

    @Test func aCacheThatFailsLaterCostsTheRunNothing() async throws {
        server.add(study.run)
        // Where the packed file would be locked, a folder lies.
        let path = "\(study.cacheDirectory)/\(study.dataHash)-16x16.pack.lock"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let error = try await server.serve { try await errorOfWorker($0) }
        guard case .io(path, EISDIR) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reports == [.release(run: "run", attempt: 1)])
    }
}
