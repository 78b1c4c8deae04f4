import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage

/// The worker protocol: claim, heartbeat, epochs, checkpoint, model, finish, fail, release. What comes again and again
/// while a run trains is not in the audit: the curve tells it, and the attempt that holds the run whose it is.
extension PlateauAPI {
    var workerRoutes: [Route] {
        [
            Route(.post, "/v1/worker/claim", .needs(.worker), isQuick: true, bodyBytes: 16 << 10, claim),
            Route(.get, "/v1/worker/datasets/{id}/manifest", .needs(.worker)) { call in
                let manifest = try await self.store.manifestJSON(ofDataset: call.parameter("id"))
                return HTTPServerResponse(
                    status: .ok, headers: [.contentType: "application/json"], body: .bytes(Array(manifest.utf8)))
            },
            Route(.post, "/v1/worker/runs/{id}/heartbeat", .needs(.worker), isAudited: false, heartbeat),
            Route(.post, "/v1/worker/runs/{id}/epochs", .needs(.worker), isAudited: false, recordEpochs),
            Route(.get, "/v1/worker/runs/{id}/checkpoint", .needs(.worker), readsQuery: true, sendCheckpoint),
            Route(
                .put, "/v1/worker/runs/{id}/checkpoint", .needs(.worker), readsQuery: true, isAudited: false,
                bodyBytes: Call.fileLimitBytes, saveCheckpoint),
            Route(
                .put, "/v1/worker/runs/{id}/model", .needs(.worker), readsQuery: true,
                bodyBytes: Call.fileLimitBytes, saveModel),
            Route(.post, "/v1/worker/runs/{id}/finish", .needs(.worker), finish),
            Route(.post, "/v1/worker/runs/{id}/fail", .needs(.worker), fail),
            Route(.post, "/v1/worker/runs/{id}/release", .needs(.worker)) { call in
                let attempt = try await call.body(Self.attempt)
                let run = try await self.store.release(run: call.parameter("id"), attempt: attempt)
                self.announceWork()
                return try .json(RunBody(run))
            },
        ]
    }

    @Sendable private func claim(_ call: Call) async throws -> HTTPServerResponse {
        let asked = try await call.body { fields in
            fields.require("worker")
            return (
                worker: fields.string("worker", length: 1...200),
                threads: fields.integer("threads", in: 1...1024) ?? 1,
                wait: fields.number("wait_seconds", in: 0...30) ?? 0
            )
        }
        guard let worker = asked.worker else { throw Problem(.invalidRequest, "The request is not complete.") }
        let deadline = ContinuousClock.now + .seconds(asked.wait)
        while !Self.isDeserted(call) {
            let seen = arrivals.count
            if let run = try await store.claim(
                worker: worker, threads: asked.threads, leaseSeconds: settings.leaseSeconds)
            {
                waitingWorkers.forget(worker)
                changes.announce()
                guard let json = try await handOut(run, call) else { break }
                logger.info(
                    "run claimed", metadata: ["run": "\(run.id)", "attempt": "\(run.attempt)", "worker": "\(worker)"])
                return .json(json)
            }
            waitingWorkers.note(worker)
            let left = deadline - ContinuousClock.now
            guard left > .zero, !arrivals.isOver else { break }
            await arrivals.wait(past: seen, atMost: left)
        }
        return HTTPServerResponse(status: .noContent)
    }

    /// Nobody is there to take an answer.
    private static func isDeserted(_ call: Call) -> Bool { Task.isCancelled || call.request.clientHasLeft }

    /// - Returns: nil where the worker has left meanwhile; the run has its place in the queue again then.
    private func handOut(_ run: ClaimedRun, _ call: Call) async throws -> [UInt8]? {
        do {
            let json = try await claimJSON(run)
            if !Self.isDeserted(call) { return json }
        } catch {
            guard Self.isDeserted(call) else {
                // Whoever claims it next would fare no better: it must not come first for ever.
                _ = try await store.fail(
                    run: run.id, attempt: run.attempt, message: "the server cannot hand out the run: \(error)",
                    retry: true)
                throw error
            }
        }
        _ = try await store.release(run: run.id, attempt: run.attempt)
        announceWork()
        logger.notice("claim given back: its worker has left", metadata: ["run": "\(run.id)"])
        return nil
    }

    /// Renews the lease at once; the answer may wait, so that an order reaches the worker as it is given.
    @Sendable private func heartbeat(_ call: Call) async throws -> HTTPServerResponse {
        let asked = try await call.body { fields in
            (attempt: try Self.attempt(fields), wait: fields.number("wait_seconds", in: 0...30) ?? 0)
        }
        let id = call.parameter("id")
        try await store.heartbeat(run: id, attempt: asked.attempt, leaseSeconds: settings.leaseSeconds)
        // The next heartbeat comes after the answer: it must find the lease alive.
        let deadline = ContinuousClock.now + .seconds(min(asked.wait, settings.leaseSeconds / 2))
        while true {
            let seen = orders.count
            let order = try await store.order(run: id, attempt: asked.attempt)
            let left = deadline - ContinuousClock.now
            if order != nil || left <= .zero || orders.isOver || Task.isCancelled {
                return try .json(HeartbeatBody(leaseSeconds: settings.leaseSeconds, order: order?.rawValue))
            }
            await orders.wait(past: seen, atMost: left)
        }
    }

    @Sendable private func recordEpochs(_ call: Call) async throws -> HTTPServerResponse {
        let (attempt, epochs) = try await call.body { fields in
            (try Self.attempt(fields), fields.objects("epochs", count: 1...2000, Self.epoch) ?? [])
        }
        let id = call.parameter("id")
        let done = try await store.record(epochs, run: id, attempt: attempt)
        changes.announce()
        var standing = try await store.standing(run: id, attempt: attempt)
        if try await endsEarly(id, attempt, standing) { standing.order = .stopEarly }
        return try .json(EpochsAcceptedBody(epochsDone: done, order: standing.order?.rawValue))
    }

    /// Looks whether a run's forecast is certain enough by now, and has it stopped then.
    private func endsEarly(_ id: String, _ attempt: Int, _ standing: RunStanding) async throws -> Bool {
        guard let tolerance = standing.tolerance, standing.order != .stopEarly,
            EarlyStopRule.isOpen(after: standing.epochsDone, of: standing.epochsTotal)
        else { return false }
        let stop: EarlyStop?
        do {
            stop = try await forecasts.earlyStop(try await store.run(id), EarlyStopRule(tolerance: tolerance))
        } catch {
            // The epoch is on record, and the run may as well go on.
            logger.error("cannot forecast a run", metadata: ["run": "\(id)", "error": "\(error)"])
            return false
        }
        guard let stop, try await store.stopEarly(run: id, attempt: attempt, stop) else { return false }
        orders.announce()
        logger.info(
            "run to be stopped early",
            metadata: ["run": "\(id)", "epoch": "\(standing.epochsDone)/\(standing.epochsTotal)"])
        return true
    }

    private static func epoch(_ fields: FieldReader) -> EpochRecord? {
        fields.require("epoch", "train_loss", "val_loss", "val_dsc", "learning_rate", "seconds", "images_seen")
        let largest = 1e30
        guard let epoch = fields.integer("epoch", in: 1...1_000_000),
            let trainLoss = fields.number("train_loss", in: -largest...largest),
            let valLoss = fields.number("val_loss", in: -largest...largest),
            let valDSC = fields.number("val_dsc", in: 0...1),
            let learningRate = fields.number("learning_rate", in: 0...1e6),
            let seconds = fields.number("seconds", in: 0...1e9),
            let imagesSeen = fields.integer("images_seen", in: 0...(1 << 53))
        else { return nil }
        return EpochRecord(
            epoch: epoch, trainLoss: trainLoss, valLoss: valLoss, valDSC: valDSC, learningRate: learningRate,
            seconds: seconds, imagesSeen: imagesSeen)
    }

    @Sendable private func sendCheckpoint(_ call: Call) async throws -> HTTPServerResponse {
        let attempt = try Self.attempt(QueryReader(call.request.query)) { _ in }
        let id = call.parameter("id")
        try await store.assertHeld(run: id, attempt: attempt)
        guard let checkpoint = try await soundCheckpoint(ofRun: id) else {
            throw Problem(.notFound, "The run \(id) has no sound checkpoint; begin from its first step.")
        }
        return HTTPServerResponse(
            status: .ok,
            headers: [.contentType: "application/octet-stream", .eTag: "\"\(checkpoint.sha256)\""],
            body: .file(path: checkpoints.path(checkpoint.file)))
    }

    @Sendable private func saveCheckpoint(_ call: Call) async throws -> HTTPServerResponse {
        var epoch = 0
        var step = 0
        var sha256: String?
        let attempt = try Self.attempt(QueryReader(call.request.query)) { query in
            epoch = query.integer("epoch", in: 0...1_000_000) ?? 0
            step = query.integer("step", in: 0...(1 << 53)) ?? 0
            sha256 = query.text("sha256", length: 64...64)
        }
        let id = call.parameter("id")
        // Before a byte is taken in: a stale worker must not cost the disk anything.
        try await store.assertHeld(run: id, attempt: attempt)
        let written = try await checkpoints.write(call.request.body, named: "\(id)-\(attempt)-\(step)")
        do {
            guard written.bytes > 0, sha256.map({ $0 == written.sha256 }) ?? true else {
                throw Problem.invalid("?sha256", "the body's SHA-256 is \(written.sha256); it was damaged on the way")
            }
            let replaced = try await store.save(
                CheckpointRecord(
                    attempt: attempt, epoch: epoch, step: step, file: written.file, bytes: written.bytes,
                    sha256: written.sha256),
                run: id)
            checkpoints.delete(replaced)
        } catch {
            checkpoints.delete([written.file])
            throw error
        }
        return try .json(CheckpointSavedBody(order: try await store.order(run: id, attempt: attempt)?.rawValue))
    }

    @Sendable private func finish(_ call: Call) async throws -> HTTPServerResponse {
        let result = try await call.body { fields in
            fields.require("test_dsc", "test_dsc_sd", "test_cases")
            return (
                attempt: try Self.attempt(fields), dsc: fields.number("test_dsc", in: 0...1) ?? 0,
                deviation: fields.number("test_dsc_sd", in: 0...1) ?? 0,
                cases: fields.integer("test_cases", in: 1...10_000_000) ?? 1,
                byClass: fields.objects("test_dsc_by_class", count: 1...64, Self.classScore),
                stoppedEarly: fields.boolean("stopped_early") ?? false
            )
        }
        let byClass = try result.byClass.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let (run, orphans) = try await store.finish(
            run: call.parameter("id"), attempt: result.attempt, testDSC: result.dsc, testDSCSD: result.deviation,
            testCases: result.cases, testDSCByClassJSON: byClass, stoppedEarly: result.stoppedEarly)
        delete(orphans)
        changes.announce()
        logger.info(
            "run finished",
            metadata: ["run": "\(run.id)", "state": "\(run.state.rawValue)", "test_dsc": "\(result.dsc)"])
        // Before the worker asks for its next run.
        await planSweeps()
        return try .json(RunBody(run))
    }

    private static func classScore(_ fields: FieldReader) -> RunBody.ClassScore? {
        fields.require("name", "dsc")
        guard let name = fields.string("name", length: 1...400), let dsc = fields.number("dsc", in: 0...1) else {
            return nil
        }
        return RunBody.ClassScore(name: name, dsc: dsc)
    }

    @Sendable private func fail(_ call: Call) async throws -> HTTPServerResponse {
        let failure = try await call.body { fields in
            fields.require("message")
            return (
                attempt: try Self.attempt(fields), message: fields.string("message", length: 1...10_000) ?? "",
                log: fields.string("log_tail", length: 0...Store.failureLogBytes),
                retry: fields.boolean("retry") ?? true
            )
        }
        let (run, orphans) = try await store.fail(
            run: call.parameter("id"), attempt: failure.attempt, message: failure.message, log: failure.log,
            retry: failure.retry)
        delete(orphans)
        logger.warning("attempt failed", metadata: ["run": "\(run.id)", "message": "\(failure.message)"])
        announceWork()
        if run.state.isFinal { await planSweeps() }
        return try .json(RunBody(run))
    }

    private static func attempt(_ fields: FieldReader) throws -> Int {
        fields.require("attempt")
        return fields.integer("attempt", in: 1...1_000_000_000) ?? 0
    }

    static func attempt(_ query: QueryReader, _ more: (QueryReader) -> Void) throws -> Int {
        let attempt = query.integer("attempt", in: 1...1_000_000_000)
        more(query)
        try query.finish()
        guard let attempt else { throw Problem.invalid("?attempt", "is required: the attempt of your claim") }
        return attempt
    }
}
