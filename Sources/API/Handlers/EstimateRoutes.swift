import Foundation
import HTTP
import HTTPTypes
import LearningCurves
import Storage

extension PlateauAPI {
    var estimateRoutes: [Route] {
        [
            Route(.get, "/v1/sweeps/{id}/estimate", .needs(.reader), readsQuery: true, estimateSweep),
            Route(.post, "/v1/estimates", .needs(.reader), isAudited: false, bodyBytes: 2 << 20, estimatePoints),
        ]
    }

    /// Stores nothing.
    @Sendable private func estimatePoints(_ call: Call) async throws -> HTTPServerResponse {
        guard let request = try await call.body({ EstimateRequest($0) }) else {
            throw Problem(.invalidRequest, "The request is not complete.")
        }
        return try .json(try await pool.run { try request.answer() })
    }

    @Sendable private func estimateSweep(_ call: Call) async throws -> HTTPServerResponse {
        let query = QueryReader(call.request.query)
        let target = query.number("target_dsc", in: EstimateRequest.Bounds.targetDSC)
        let delta = query.number("delta", in: EstimateRequest.Bounds.delta) ?? EstimateRequest.plain.delta
        let confidence =
            query.number("confidence", in: EstimateRequest.Bounds.confidence) ?? EstimateRequest.plain.confidence
        let atN = query.integer("at_n", in: EstimateRequest.sizes)
        try query.finish()
        let sweep = try await store.sweep(call.parameter("id"))
        // The same runs and the same question give the same answer: the version of the sweep tags it, which grows with each
        // epoch, and while some are forecast the surrogate's.
        let model = sweep.finishedAt == nil ? await forecasts.modelVersion : 0
        let tag = "\"\(sweep.id)-\(sweep.version)-\(target ?? 0)-\(delta)-\(confidence)-\(atN ?? 0)-\(model)\""
        return try await .conditional(call.request, etag: tag) {
            let specification = try SweepSpecification(json: sweep.specificationJSON)
            let dataset = try await store.dataset(sweep.datasetID)
            let facts = try JSONDecoder().decode(DatasetFacts.self, from: Data(dataset.factsJSON.utf8))
            let evidence = try await SweepEvidence(try await runs(of: sweep)) {
                try await forecasts.forecast($0).forecast
            }
            let asked = EstimateQuery(
                targetDSC: target, delta: delta, confidence: confidence, poolSize: facts.cases.train, atN: atN)
            let estimate = try await pool.run {
                try SizeEstimator.estimate(evidence.observations, query: asked, seed: 0)
            }
            return try .json(
                EstimateBody(
                    estimate, sweepID: sweep.id,
                    circumstances: Self.circumstances(specification, facts) + evidence.circumstances))
        }
    }

    private func runs(of sweep: SweepRecord) async throws -> [RunRecord] {
        var runs: [RunRecord] = []
        var cursor: String?
        repeat {
            let slice = try await store.runs(ofSweep: sweep.id, after: cursor, limit: 500)
            runs += slice.items
            cursor = slice.nextCursor
        } while cursor != nil
        return runs
    }

    /// What an estimate rests on beyond the curves themselves.
    private static func circumstances(
        _ specification: SweepSpecification, _ facts: DatasetFacts
    ) -> [String] {
        let training = specification.training
        let budget =
            switch training.budget {
            case .steps:
                "Every size was trained for the same number of optimizer steps "
                    + "(\(training.epochs) epochs of \(training.stepsPerEpoch ?? 0))."
            case .epochs:
                "Every size was trained for the same number of passes over its own images (\(training.epochs)), so larger "
                    + "sets also got more optimizer steps."
            }
        let split =
            "DSC is the mean over \(facts.cases.test) test images, fixed before any subset was drawn"
            + (facts.groups < facts.cases.total ? " and sharing no group with training." : ".")
        return [budget, split, sight(training)]
            + (specification.strategy == .adaptive
                ? ["Each run was chosen by what those before it showed; not all cells of the sweep were trained."] : [])
    }

    /// What the networks saw of each case.
    private static func sight(_ training: TrainingBody) -> String {
        func text(_ sides: [some CustomStringConvertible]) -> String { sides.map(\.description).joined(separator: "×") }
        if let size = training.imageSize { return "Images were resized to \(text(size)) pixels." }
        let voxels = training.spacing.map { "resampled to voxels of \(text($0)) mm and " } ?? ""
        return
            "Volumes were \(voxels)trained on in patches of \(text(training.patchSize ?? [])) voxels, and evaluated whole."
    }
}
