public import LearningCurves
public import Storage

/// A finished full sweep, over which adaptive ones are played: what the planner chooses is looked up, not trained.
public struct SweepReplay: Sendable {
    /// What an adaptive sweep makes of it.
    public struct Outcome: Sendable {
        public let estimate: SizeEstimate
        /// Why it ended.
        public let end: String
        /// In the order in which they were chosen.
        public let runs: [RunRecord]
        /// Of the full sweep's optimizer steps, 0…1.
        public let share: Double
    }

    public let name: String
    /// Of the full sweep, each with every epoch.
    private let trained: [RunRecord]
    private let curves: [String: ReplayedCurve]
    private let rule: EarlyStopRule
    private let specification: SweepSpecification
    private let poolSize: Int
    /// CPU-seconds per training image by depth.
    private let pace: [Int: Double]

    /// Nil for a sweep that is not full, or has a run that has not succeeded.
    ///
    /// - Parameter tolerance: how wide the 90 % interval of a run's forecast may be for it to be stopped early; 0 stops none.
    /// - Throws: `StorageError`, and `LearningCurvesError` for curves that cannot be forecast.
    public init?(_ sweep: SweepRecord, in store: Store, tolerance: Double) async throws {
        specification = try SweepSpecification(json: sweep.specificationJSON)
        trained = try await store.planBasis(sweep: sweep.id).runs
        guard specification.strategy == .full, trained.allSatisfy({ $0.state == .succeeded && $0.testDSC != nil })
        else {
            return nil
        }
        name = sweep.name ?? sweep.id
        poolSize = try KnownDataset(
            try await store.dataset(sweep.datasetID), splitJSON: try await store.splitJSON(ofDataset: sweep.datasetID)
        ).traits.pool
        pace = try await store.secondsPerImage(sweep: sweep.id)
        rule = EarlyStopRule(tolerance: tolerance)
        var curves: [String: ReplayedCurve] = [:]
        // Where none is stopped, none is forecast.
        for run in trained where tolerance > 0 {
            curves[run.id] = try ReplayedCurve(
                try await store.curve(ofRun: run.id),
                RunContext(run, dimensions: try await store.dimensions(ofRun: run.id)))
        }
        self.curves = curves
    }

    /// The run as the rule would have ended it, with those that ended before it.
    ///
    /// Its test DSC at the stop was not measured: it is taken to lie below that at the end by as much as the validation DSC
    /// does.
    private func ended(_ run: RunRecord, after earlier: [RunRecord]) -> RunRecord {
        guard let curve = curves[run.id] else { return run }
        let whole = earlier.filter { $0.state == .succeeded }.suffix(EarlyStopRule.mostEnded)
        for (last, forecast) in curve.forecasts where rule.isMet(by: forecast.quantiles) {
            let record = whole.compactMap { curves[$0.id]?.hindsight(epoch: last.epoch) }
            guard let stop = rule.stop(forecast, ended: record) else { continue }
            var ended = run
            ended.state = .stoppedEarly
            ended.stop = stop
            ended.epochsDone = last.epoch
            ended.testDSC = run.testDSC.map { min(1, max(0, $0 + last.valDSC - (run.last?.valDSC ?? last.valDSC))) }
            ended.last = last
            return ended
        }
        return run
    }

    /// By all runs, to their ends.
    public func whole(_ query: EstimateQuery) throws -> SizeEstimate { try estimate(trained, query) }

    /// By those that the planner chooses, stopped early where that holds.
    ///
    /// - Parameter draw: which of a cell's seeds comes first: as they are for 0, drawn for each cell otherwise.
    public func adaptive(_ query: EstimateQuery, precision: Double, draw: Int) throws -> Outcome {
        var adaptive = specification
        adaptive.strategy = .adaptive
        adaptive.adaptive = AdaptiveGoal(query, precision: precision)
        let cells = Dictionary(uniqueKeysWithValues: shuffled(draw).map { ([$0.size, $0.depth, $0.seed], $0) })
        var runs: [RunRecord] = []
        while true {
            // Of depths that have no run yet none is known.
            let pace = pace.filter { depth, _ in runs.contains { $0.depth == depth } }
            guard let sweep = AdaptiveSweep(adaptive, poolSize: poolSize, runs: runs, pace: pace) else { break }
            let step = try sweep.next(limit: 1)
            for cell in step.cells {
                if let run = cells[[cell.size, cell.depth, cell.seed]] { runs.append(ended(run, after: runs)) }
            }
            if step.cells.isEmpty {
                func steps(_ runs: [RunRecord]) -> Double {
                    runs.reduce(0) { $0 + Double($1.stepsPerEpoch * $1.epochsDone) }
                }
                return Outcome(
                    estimate: try estimate(runs, query), end: step.plan.end ?? "", runs: runs,
                    share: steps(runs) / steps(trained))
            }
        }
        preconditionFailure("the sweep was made adaptive above")
    }

    private func estimate(_ runs: [RunRecord], _ query: EstimateQuery) throws -> SizeEstimate {
        var query = query
        query.poolSize = poolSize
        return try SizeEstimator.estimate(runs.compactMap(SizeObservation.init), query: query, seed: 0)
    }

    private func shuffled(_ draw: Int) -> [RunRecord] {
        guard draw > 0 else { return trained }
        var generator = SeededGenerator(seed: UInt64(draw))
        let cells = Dictionary(grouping: trained) { [$0.size, $0.depth] }.sorted {
            $0.key.lexicographicallyPrecedes($1.key)
        }
        return cells.flatMap { _, runs in
            let runs = runs.sorted { $0.seed < $1.seed }
            return zip(runs, runs.map(\.seed).shuffled(using: &generator)).map { run, seed in
                var run = run
                run.seed = seed
                return run
            }
        }
    }
}
