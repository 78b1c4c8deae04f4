import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage

extension PlateauAPI {
    var sweepRoutes: [Route] {
        [
            Route(.post, "/v1/sweeps", .needs(.submitter), submitSweep),
            Route(.get, "/v1/sweeps", .needs(.reader), readsQuery: true, listSweeps),
            Route(.get, "/v1/sweeps/{id}", .needs(.reader), readsQuery: true, isQuick: true, showSweep),
            Route(.patch, "/v1/sweeps/{id}", .needs(.submitter), changeSweep),
            Route(.post, "/v1/sweeps/{id}/cancel", .needs(.submitter), cancelSweep),
            Route(.post, "/v1/sweeps/{id}/pause", .needs(.submitter)) { call in
                let sweep = try await self.store.pause(sweep: call.parameter("id"))
                self.announceOrder()
                return try .json(try await self.sweepBody(sweep))
            },
            Route(.post, "/v1/sweeps/{id}/resume", .needs(.submitter)) { call in
                let sweep = try await self.store.resume(sweep: call.parameter("id"))
                self.announceWork()
                return try .json(try await self.sweepBody(sweep))
            },
            Route(.post, "/v1/sweeps/{id}/rerun", .needs(.submitter), rerunSweep),
            Route(.post, "/v1/sweeps/{id}/extend", .needs(.submitter), extendSweep),
            Route(.get, "/v1/sweeps/{id}/runs", .needs(.reader), readsQuery: true, listRuns),
        ]
    }

    @Sendable private func submitSweep(_ call: Call) async throws -> HTTPServerResponse {
        let (request, bytes) = try await call.bodyWithBytes { SweepRequest($0) }
        guard let request else { throw Problem(.invalidRequest, "The request is not complete.") }
        let dataset: DatasetRecord
        do {
            dataset = try await store.dataset(request.dataset)
        } catch StorageError.notFound {
            throw Problem.invalid(
                "/dataset", "there is no data set \"\(request.dataset)\"; GET /v1/datasets lists them")
        }
        let known = try await self.dataset(dataset.id)
        let specification = try SweepSpecification(request, dataset: known.traits)
        let (cells, plan) = try await pool.run {
            guard let adaptive = AdaptiveSweep(specification, poolSize: known.traits.pool) else {
                return (self.runs(specification.cells, specification, known), nil as StoredPlan?)
            }
            let (cells, plan, _) = try adaptive.next(limit: SweepSpecification.runLimit)
            return (self.runs(cells, specification, known), plan)
        }
        if cells.isEmpty {
            throw Problem.invalid("/max_steps", "leaves no room for the first run of the sweep; give more")
        }
        let (sweep, isNew) = try await store.insert(
            NewSweep(
                name: request.name, datasetID: dataset.id, submitter: call.principal?.tokenID ?? "",
                specificationJSON: try specification.json,
                priority: request.priority, retry: request.retry, limits: request.limits, runs: cells,
                planJSON: try plan?.json, idempotency: try idempotencyKey(call, bytes)))
        if isNew {
            logger.info("sweep accepted", metadata: ["sweep": "\(sweep.id)", "runs": "\(cells.count)"])
            announceWork()
        }
        return try .json(
            try await sweepBody(sweep), status: .created, headers: [.location: "/v1/sweeps/\(sweep.id)"])
    }

    func runs(
        _ cells: [SweepSpecification.Cell], _ specification: SweepSpecification, _ dataset: KnownDataset
    ) -> [NewSweep.Run] {
        let training = specification.training
        var hashes: [[Int]: String] = [:]
        var parameters: [Int: Int] = [:]
        return cells.map { cell in
            let key = [cell.size, cell.seed]
            let hash = hashes[key] ?? catalogue.subset(dataset.split.train, cell.size, cell.seed).hash
            hashes[key] = hash
            let parameterCount =
                parameters[cell.depth]
                ?? catalogue.parameterCount(
                    .init(
                        dimensions: dataset.traits.dimensions, inChannels: dataset.traits.channels,
                        outChannels: dataset.traits.classes.count + (training.output == .softmax ? 1 : 0),
                        depth: cell.depth, normalization: training.normalization))
            parameters[cell.depth] = parameterCount
            return NewSweep.Run(
                size: cell.size, fraction: cell.fraction, depth: cell.depth, seed: cell.seed, subsetHash: hash,
                stepsPerEpoch: cell.stepsPerEpoch, epochsTotal: training.epochs,
                parameterCount: parameterCount, tolerance: specification.tolerance)
        }
    }

    private func idempotencyKey(_ call: Call, _ bytes: [UInt8]) throws -> IdempotencyKey? {
        guard let name = HTTPField.Name("Idempotency-Key"), let key = call.request.headers[name] else { return nil }
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Problem.invalid("Idempotency-Key", "must be 1 to 200 printable ASCII characters without spaces")
        }
        return IdempotencyKey(key: key, requestHash: Digest.sha256(bytes))
    }

    @Sendable private func listSweeps(_ call: Call) async throws -> HTTPServerResponse {
        var state: SweepState?
        let page = try PageRequest(QueryReader(call.request.query)) {
            state = $0.choice("state", of: SweepState.allCases.map(\.rawValue)).flatMap(SweepState.init)
        }
        let slice = try await store.sweeps(state: state, after: page.cursor, limit: page.limit)
        var items: [SweepBody] = []
        for sweep in slice.items { items.append(try await sweepBody(sweep)) }
        return try .json(Page(items: items, nextCursor: slice.nextCursor))
    }

    @Sendable private func showSweep(_ call: Call) async throws -> HTTPServerResponse {
        let id = call.parameter("id")
        func etag(_ version: Int) -> String { "\"\(id)-\(version)\"" }
        if let answer = try await unchanged(call, { etag(try await store.version(ofSweep: id)) }) { return answer }
        let sweep = try await store.sweep(id)
        return try .json(try await sweepBody(sweep), headers: [.eTag: etag(sweep.version)])
    }

    @Sendable private func changeSweep(_ call: Call) async throws -> HTTPServerResponse {
        let change = try await call.body { fields in
            if !["priority", "deadline", "cpu_hours"].contains(where: fields.names) {
                fields.reject("priority", "is required, or deadline or cpu_hours: something to change")
            } else if fields.names("priority"), !fields.has("priority") {
                fields.reject("priority", "must be an integer; every sweep has one")
            }
            return SweepChange(
                priority: fields.integer("priority", in: SweepRecord.priorities),
                deadline: fields.adjustment("deadline") { SweepRequest.deadline(fields) },
                cpuHours: fields.adjustment("cpu_hours") {
                    fields.number("cpu_hours", in: SweepLimits.cpuHoursRange)
                })
        }
        let sweep = try await store.change(sweep: call.parameter("id"), change)
        changes.announce()
        logger.info(
            "sweep changed",
            metadata: [
                "sweep": "\(sweep.id)", "priority": "\(sweep.priority)",
                "deadline": "\(sweep.limits.deadline.map(Timestamp.text) ?? "none")",
                "cpu_hours": "\(sweep.limits.cpuHours.map { "\($0)" } ?? "any")",
            ])
        return try .json(try await sweepBody(sweep))
    }

    @Sendable private func cancelSweep(_ call: Call) async throws -> HTTPServerResponse {
        let (sweep, orphans) = try await store.cancel(sweep: call.parameter("id"))
        announceOrder()
        delete(orphans)
        return try .json(try await sweepBody(sweep))
    }

    @Sendable private func rerunSweep(_ call: Call) async throws -> HTTPServerResponse {
        let sweep = try await store.rerun(sweep: call.parameter("id"))
        announceWork()
        return try .json(try await sweepBody(sweep))
    }

    @Sendable private func listRuns(_ call: Call) async throws -> HTTPServerResponse {
        var state: RunState?
        let page = try PageRequest(QueryReader(call.request.query)) {
            state = $0.choice("state", of: RunState.allCases.map(\.rawValue)).flatMap(RunState.init)
        }
        let slice = try await store.runs(
            ofSweep: call.parameter("id"), state: state, after: page.cursor, limit: page.limit)
        return try .json(Page(items: try slice.items.map { try RunBody($0) }, nextCursor: slice.nextCursor))
    }

    func sweepBody(_ sweep: SweepRecord) async throws -> SweepBody {
        let specification = try SweepSpecification(json: sweep.specificationJSON)
        let count = { (state: RunState) in sweep.runs[state] ?? 0 }
        let cells = sweep.planJSON == nil ? [] : try await store.cells(ofSweep: sweep.id)
        let plan = try PlanBody(sweep, specification, cells: cells)
        // While more runs may come, of the steps that they may take.
        let (done, whole) =
            if sweep.isPlanOpen, let plan {
                (plan.stepsUsed, min(plan.maxSteps, plan.stepsOfAll))
            } else {
                (sweep.epochsDone, sweep.epochsTotal)
            }
        return SweepBody(
            id: sweep.id, name: sweep.name, dataset: .init(id: sweep.datasetID, name: sweep.datasetName),
            state: sweep.state.rawValue, priority: sweep.priority,
            retry: .init(maxFailures: sweep.retry.maxFailures, backoffSeconds: sweep.retry.backoffSeconds),
            deadline: sweep.limits.deadline, cpuHours: sweep.limits.cpuHours, cpuHoursUsed: sweep.cpuSeconds / 3600,
            reason: sweep.reason,
            sizes: specification.sizes,
            fractions: specification.fractions, depths: specification.depths, seeds: specification.seeds,
            strategy: specification.strategy.rawValue, tolerance: specification.tolerance,
            plan: plan, training: specification.training,
            runs: .init(
                total: sweep.runs.values.reduce(0, +), queued: count(.queued), running: count(.running),
                paused: count(.paused), succeeded: count(.succeeded), stoppedEarly: count(.stoppedEarly),
                failed: count(.failed), cancelled: count(.cancelled)),
            progress: whole == 0 ? 0 : min(1, Double(done) / Double(whole)),
            etaSeconds: sweep.state.isFinal || sweep.state == .paused || sweep.isPlanOpen
                ? nil : try await eta(sweep, batchSize: specification.training.batchSize),
            createdAt: sweep.createdAt, startedAt: sweep.startedAt, finishedAt: sweep.finishedAt)
    }

    /// What is left to train at the pace seen so far, over the workers at work; nil before anything was timed.
    private func eta(_ sweep: SweepRecord, batchSize: Int) async throws -> Double? {
        let pace = try await store.secondsPerImage(sweep: sweep.id)
        guard !pace.isEmpty else { return nil }
        let typical = pace.values.reduce(0, +) / Double(pace.count)
        let left = try await store.imagesLeft(sweep: sweep.id, batchSize: batchSize)
        let seconds = left.reduce(0) { $0 + Double($1.value) * (pace[$1.key] ?? typical) }
        return seconds / Double(max(1, sweep.runs[.running] ?? 0))
    }
}
