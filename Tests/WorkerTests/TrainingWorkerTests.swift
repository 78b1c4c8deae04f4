import Foundation
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct TrainingWorkerTests {
    @Test func reportsAWholeRun() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run.with { $0.epochs = 3 })
        try await server.serve { try await study.drain(server, $0) }

        let events = server.journal.events
        let outcome = try Outcome(events)
        let score = try #require(outcome.scores.first)
        #expect(outcome.curve.map(\.epoch) == [1, 2, 3])
        let records = events.compactMap { if case .epoch(_, _, let record) = $0 { record } else { nil } }
        try #require(records.count == 3)
        // Each record before the checkpoint that contains it, and nothing else.
        #expect(
            events == [
                .claim(worker: "tester", run: "run"),
                .epoch(run: "run", attempt: 1, records[0]), .checkpoint(run: "run", attempt: 1, epoch: 1, step: 3),
                .epoch(run: "run", attempt: 1, records[1]), .checkpoint(run: "run", attempt: 1, epoch: 2, step: 6),
                .epoch(run: "run", attempt: 1, records[2]), .checkpoint(run: "run", attempt: 1, epoch: 3, step: 9),
                .model(run: "run", attempt: 1, fingerprint: try #require(outcome.weights.first)),
                .finish(run: "run", attempt: 1, score), .idle,
            ])
        #expect(records.map(\.imagesSeen) == [6, 12, 18])
        #expect(
            records.allSatisfy { $0.trainLoss > 0 && $0.valLoss > 0 && (0...1).contains($0.valDsc) && $0.seconds > 0 })
        // The rate of each epoch's last step of nine along half a cosine.
        let rates = [2, 5, 8].map { 1e-3 * 0.5 * (1 + cos(.pi * Double($0) / 9)) }
        for (record, rate) in zip(records, rates) { #expect(abs(record.learningRate - rate) < 1e-9) }
        #expect((0...1).contains(score.dsc) && (0...1).contains(score.deviation) && score.cases == 2)
        #expect(score.byClass == [.init(name: "foreground", dsc: score.dsc)])
    }

    @Test func learns() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run.with { $0.stepsPerEpoch = 15 })
        try await server.serve { try await study.drain(server, $0) }
        let curve = try Outcome(server.journal.events).curve
        #expect(curve.count == 2 && curve[1].trainLoss < curve[0].trainLoss)
    }

    @Test func oneThreadOrTwoGiveTheSameBits() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        try await server.serve { port in
            for threads in [1, 2] {
                server.add(study.run.with { $0.id = "run-\(threads)" })
                try await study.drain(server, port) { $0.threads = threads }
            }
        }
        let one = try Outcome(server.journal.events, run: "run-1")
        let two = try Outcome(server.journal.events, run: "run-2")
        #expect(one.curve.count == 2 && one.scores.count == 1)
        #expect(one == two)
    }

    @Test func augmentationChangesTheTraining() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(
            study.run.with { $0.id = "a" },
            study.run.with {
                $0.id = "b"
                $0.augmentation = AugmentationRecipe(flip: true)
            })
        try await server.serve { try await study.drain(server, $0) }
        let curves = try ["a", "b"].map { try Outcome(server.journal.events, run: $0).curve }
        #expect(curves[0].count == 2 && curves[1].count == 2)
        #expect(curves[0].map(\.trainLoss) != curves[1].map(\.trainLoss))
    }

    @Test func theSeedMatters() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(
            study.run.with { $0.id = "a" },
            study.run.with {
                $0.id = "b"
                $0.seed = 8
            })
        try await server.serve { try await study.drain(server, $0) }
        let curves = try ["a", "b"].map { try Outcome(server.journal.events, run: $0).curve }
        #expect(curves[0].count == 2 && curves[1].count == 2)
        #expect(curves[0] != curves[1])
    }

    @Test func everyCaseIsTrainedOn() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        // Of five cases, the one that only the third step of two images sees.
        var schedule = BatchSchedule(cases: 5, batchSize: 2, seed: 7)
        let early = Set((0..<2).flatMap { schedule.batch(step: $0) })
        let late = try #require(schedule.batch(step: 2).first { !early.contains($0) })
        var changed = study
        changed.train[late] = study.test[0]
        server.add(study.run.with { $0.id = "a" }, changed.run.with { $0.id = "b" })
        try await server.serve { try await study.drain(server, $0) }
        let curves = try ["a", "b"].map { try Outcome(server.journal.events, run: $0).curve }
        #expect(curves[0].count == 2 && curves[1].count == 2)
        #expect(curves[0].first?.trainLoss != curves[1].first?.trainLoss)
    }

    @Test func heartbeatsComeWhileAStepLasts() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run.with { $0.leaseSeconds = 1 })
        // One that fails is no loss.
        server.fail(.heartbeat, .status(503))
        let enough = StopSignal()
        server.on({ $0 == .heartbeat(attempt: 1) }, { enough.stop() })
        try await server.serve { port in
            try await study.drain(server, port) { configuration in
                configuration.afterStep = { step in
                    if step == 1 { #expect(enough.wait(.seconds(50))) }
                }
            }
        }
        let events = server.journal.everything
        let beat = try #require(events.firstIndex(of: .heartbeat(attempt: 1)))
        let fault = try #require(events.firstIndex(of: .fault(.heartbeat)))
        let epoch = try #require(events.firstIndex { if case .epoch = $0 { true } else { false } })
        #expect(fault < beat && beat < epoch)
        #expect(try Outcome(events).scores.count == 1)
    }

    @Test func aWorkerWithoutWorkStopsAtOnce() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        try await server.serve { try await study.drain(server, $0) }
        #expect(server.journal.events == [.idle])
    }

    @Test func aWorkerStoppedBeforeItRunsClaimsNothing() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run)
        try await server.serve { port in
            let worker = study.worker(port, server.journal)
            worker.stop()
            try await onThread { try worker.run() }
        }
        #expect(server.journal.events.isEmpty)
    }
}
