import Foundation
import HTTP
import HTTPTypes
import Locks
import Storage
import Testing

@testable import API

/// What operators and their tools ask.
@Suite struct OperationsTests {
    private static let roomy = DiskSpace(freeBytes: 1 << 40, totalBytes: 1 << 41)

    private func readiness(_ test: TestAPI) async throws -> (status: Int, body: ReadinessBody) {
        let reply = try await test.ask(.get, "/readyz")
        return (reply.status, try reply.decoded())
    }

    private func check(_ name: String, _ body: ReadinessBody) -> ReadinessBody.Check.Status? {
        body.checks.first { $0.name == name }?.status
    }

    @Test func aServerWithoutWorkersIsReadyAndSaysSo() async throws {
        let test = try await TestAPI { $0.diskSpace = { Self.roomy } }
        var (status, body) = try await readiness(test)
        #expect(status == 200 && body.status == "ready" && body.reasons.isEmpty)
        #expect(body.checks.map(\.name) == ["database", "disk", "workers", "server"])
        #expect(check("workers", body) == .warning)
        // One asks for work, and another has some.
        _ = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w"}"#)
        (_, body) = try await readiness(test)
        #expect(check("workers", body) == .ok && body.checks.allSatisfy { $0.status == .ok })
        let other = try await TestAPI { $0.diskSpace = { Self.roomy } }
        _ = try await other.claimedRun(epochs: 1)
        #expect(check("workers", try await readiness(other).body) == .ok)
    }

    private static let disks: [(DiskSpace?, Int, ReadinessBody.Check.Status)] = [
        (DiskSpace(freeBytes: 1 << 29, totalBytes: 1 << 41), 200, .warning),
        (DiskSpace(freeBytes: 1 << 25, totalBytes: 1 << 41), 503, .failing),
        // Of a small disk a share.
        (DiskSpace(freeBytes: 1 << 25, totalBytes: 1 << 26), 200, .ok),
        (DiskSpace(freeBytes: 1 << 20, totalBytes: 1 << 26), 503, .failing),
        (nil, 503, .failing),
    ]

    @Test(arguments: disks)
    func aFullDiskIsSeenBeforeItIsFull(
        space: DiskSpace?, status: Int, expected: ReadinessBody.Check.Status
    ) async throws {
        let (code, body) = try await readiness(try await TestAPI { $0.diskSpace = { space } })
        #expect(code == status && check("disk", body) == expected)
        #expect(body.reasons.isEmpty == (status == 200))
    }

    @Test func aServerThatIsBeingStoppedIsNotReady() async throws {
        let test = try await TestAPI { $0.diskSpace = { Self.roomy } }
        test.api.beginDraining()
        let (status, body) = try await readiness(test)
        #expect(status == 503 && body.status == "not_ready" && body.reasons == ["The server is being stopped."])
    }

    /// It needs no token: asked however often, it must not keep the disk busy.
    @Test func readinessWritesNowAndThenAlone() async throws {
        let test = try await TestAPI { $0.diskSpace = { Self.roomy } }
        let start = ContinuousClock.now
        _ = try await readiness(test)
        let writes = test.store.generation
        for _ in 0..<20 { #expect(try await readiness(test).status == 200) }
        let intervals = Int((ContinuousClock.now - start) / DatabaseProbe.interval)
        #expect(test.store.generation - writes <= intervals)
    }

    /// What it says is never older than the interval, also when it gets worse or better.
    @Test func readinessIsFoundOutAnew() async {
        let asked = Guarded((elapsed: Duration.zero, writes: 0))
        let start = ContinuousClock.now
        let probe = DatabaseProbe(
            now: { start + asked.withLock { $0.elapsed } },
            perform: {
                let isOdd = asked.withLock { asked in
                    asked.writes += 1
                    return asked.writes % 2 == 1
                }
                return .init(name: "database", status: isOdd ? .ok : .failing, detail: "")
            })
        for (seconds, status, writes) in [
            (0.0, ReadinessBody.Check.Status.ok, 1), (2.9, .ok, 1), (3.0, .failing, 2), (5.9, .failing, 2),
            (6.0, .ok, 3),
        ] {
            asked.withLock { $0.elapsed = .seconds(seconds) }
            #expect(await probe.check().status == status)
            #expect(asked.withLock { $0.writes } == writes)
        }
    }

    /// The value of a sample in Prometheus' text format.
    private func value(_ test: TestAPI, _ sample: String) async throws -> Double? {
        let text = String(decoding: try await test.ask(.get, "/metrics").body, as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
        return line.flatMap { Double($0.dropFirst(sample.count + 1)) }
    }

    @Test func metricsCountWhatBecomesOfRuns() async throws {
        let test = try await TestAPI { $0.diskSpace = { Self.roomy } }
        let run = try await test.claimedRun(epochs: 2, runs: 3)
        let epochs = (1...2).map {
            EpochRecord(
                epoch: $0, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.1, seconds: 1, imagesSeen: 40 * $0)
        }
        // The second is sent twice, and counted once.
        _ = try await test.store.record([epochs[0]], run: run.id, attempt: 1)
        _ = try await test.store.record(epochs, run: run.id, attempt: 1)
        #expect(try await value(test, "plateau_epochs_total") == 2)
        #expect(try await value(test, "plateau_images_trained_total") == 80)
        _ = try await test.ask(.put, "/v1/worker/runs/\(run.id)/model?attempt=1", [1, 2, 3])
        _ = try await test.store.finish(run: run.id, attempt: 1, testDSC: 0.5, testDSCSD: 0, testCases: 1)
        let next = try #require(try await test.store.claim(worker: "w", leaseSeconds: 60))
        _ = try await test.store.fail(run: next.id, attempt: 1, message: "x", retry: false)

        for (state, count) in [("queued", 1.0), ("running", 0), ("succeeded", 1), ("failed", 1), ("paused", 0)] {
            #expect(try await value(test, "plateau_runs{state=\"\(state)\"}") == count, "\(state)")
        }
        #expect(try await value(test, "plateau_runs_ended_total{state=\"succeeded\"}") == 1)
        #expect(try await value(test, "plateau_runs_ended_total{state=\"failed\"}") == 1)
        #expect(try await value(test, "plateau_attempts_failed_total") == 1)
        #expect(try await value(test, "plateau_files{kind=\"model\"}") == 1)
        #expect(try await value(test, "plateau_file_bytes{kind=\"model\"}") == 3)
        #expect(try await value(test, "plateau_disk_free_bytes") == Double(1 << 40))
        let writes = try #require(try await value(test, "plateau_store_write_seconds_count"))
        #expect(try await value(test, "plateau_store_write_seconds_bucket{le=\"+Inf\"}") == writes && writes >= 6)
        let age = try #require(try await value(test, "plateau_oldest_queued_run_seconds"))
        #expect(age > 0 && age < 60)
    }

    @Test func aLostWorkerIsCounted() async throws {
        let test = try await TestAPI { $0.diskSpace = { Self.roomy } }
        _ = try await test.claimedRun(epochs: 1, runs: 2)
        _ = try #require(try await test.store.claim(worker: "w", leaseSeconds: -1))
        try await test.api.takeBackLapsedLeases()
        #expect(try await value(test, "plateau_leases_lost_total") == 1)
        #expect(try await value(test, "plateau_runs{state=\"running\"}") == 1)
    }
}
