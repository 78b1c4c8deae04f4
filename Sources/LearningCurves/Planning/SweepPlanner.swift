import Foundation

/// Chooses the runs of an adaptive sweep, one after another.
///
/// At first a run of each depth at one size tells which depths are out of question. The others are trained at the smallest, a
/// middle and the largest size, so that each has an estimate. Then comes whichever run is expected to narrow the interval
/// of n the most for what it costs, weighed by the odds of its depth. The same inputs, in any order,
/// give the same plan.
public struct SweepPlanner: Sendable {
    /// The question whose answer is to be narrowed.
    public var query: EstimateQuery
    /// Wanted width of the interval of n, as a share of n.
    public var precision: Double
    /// Of the curves that are drawn to look ahead with.
    public var seed: UInt64

    /// Depths with lower odds against the one that looks best are not trained further, unless that falls back.
    private static let leastOdds = 0.2
    /// Of a run that may come next, to look ahead with.
    private static let outcomes = 60

    public init(query: EstimateQuery, precision: Double, seed: UInt64 = 0) {
        self.query = query
        self.precision = precision
        self.seed = seed
    }

    /// - parameters:
    ///   - observations: of the runs that have ended, each with its depth.
    ///   - underWay: queued or in training.
    ///   - candidates: the rest of the sweep, but what has failed.
    ///   - stepsLeft: of the budget, with the runs under way taken off; nil for any number.
    /// - throws: ``LearningCurvesError`` for observations or a query out of range.
    public func plan(
        observations: [SizeObservation], underWay: [SweepCell], candidates: [SweepCell], stepsLeft: Int? = nil
    ) throws -> SweepPlan {
        let sizes = (observations.map(\.n) + (underWay + candidates).map(\.n)).sorted()
        guard let smallest = sizes.first, let largest = sizes.last else {
            return SweepPlan(decision: .end(.exhausted), droppedDepths: [])
        }
        let middle = (Double(smallest) * Double(largest)).squareRoot()
        let contest = DepthContest(observations, leastSize: middle)
        let depths = Set(observations.compactMap(\.layers) + (underWay + candidates).map(\.layers)).sorted()
        let dropped = contest.beaten(depths)
        func decided(_ decision: SweepPlan.Decision) -> SweepPlan {
            SweepPlan(decision: decision, droppedDepths: dropped)
        }
        let open = candidates.filter { !dropped.contains($0.layers) }.sorted(by: SweepCell.precedes)
        let affordable = open.filter { cell in stepsLeft.map { cell.steps <= $0 } ?? true }
        func last(_ left: [SweepCell]) -> SweepPlan.Decision {
            underWay.isEmpty ? .end(left.isEmpty ? .exhausted : .budget) : .wait
        }

        let coverage = Coverage(
            taken: observations.map { ($0.layers ?? 0, $0.n) } + underWay.map { ($0.layers, $0.n) },
            middle: middle, smallest: smallest, largest: largest)
        if let probe = coverage.probe(depths, affordable) { return decided(.run(probe)) }
        // Which depths are worth more than a probe shows once every depth's has ended.
        let seen = Set(observations.compactMap(\.layers))
        if depths.count > 1, underWay.contains(where: { !seen.contains($0.layers) }) { return decided(.wait) }
        let contenders = depths.filter { !dropped.contains($0) }
        guard let best = contest.best(contenders) else { return decided(last(open)) }
        let worthwhile = contenders.map { (layers: $0, odds: contest.odds(of: $0, against: best)) }
            .filter { $0.odds >= Self.leastOdds }
            .sorted {
                ($0.odds, $0.layers == best ? 1 : 0, -$0.layers) > ($1.odds, $1.layers == best ? 1 : 0, -$1.layers)
            }
        for depth in worthwhile {
            if let cell = coverage.missing(depth.layers, affordable) { return decided(.run(cell)) }
        }
        if try isPrecise(observations.filter { $0.layers == best }) { return decided(.end(.precise)) }
        return decided(
            narrowing(worthwhile, observations, underWay, affordable)
                ?? last(open.filter { cell in worthwhile.contains { $0.layers == cell.layers } }))
    }

    /// The affordable run that narrows the most for its cost; nil where there is none.
    private func narrowing(
        _ depths: [(layers: Int, odds: Double)], _ observations: [SizeObservation], _ underWay: [SweepCell],
        _ cells: [SweepCell]
    ) -> SweepPlan.Decision? {
        var choice: (cell: SweepCell, worth: Double)?
        for (layers, odds) in depths {
            let own = cells.filter { $0.layers == layers }
            guard !own.isEmpty else { continue }
            guard let outlook = Outlook(observations.filter { $0.layers == layers }, query: query, seed: seed) else {
                // Too few sizes for an estimate: whatever there is.
                if choice == nil { choice = (own[0], 0) }
                continue
            }
            let coming = underWay.filter { $0.layers == layers }.map(\.n)
            let width = outlook.width(after: coming, outcomes: Self.outcomes)
            // Of several seeds at a size one is as good as another.
            var sizes: Set<Int> = []
            for cell in own where sizes.insert(cell.n).inserted {
                let left = outlook.width(after: coming + [cell.n], outcomes: Self.outcomes)
                let worth = odds * max(0, width - left) / cell.cost
                if worth > choice?.worth ?? -.infinity { choice = (cell, worth) }
            }
        }
        return choice.map { .run($0.cell) }
    }

    /// - parameter observations: of the best depth.
    private func isPrecise(_ observations: [SizeObservation]) throws -> Bool {
        guard !observations.isEmpty else { return false }
        let estimate = try SizeEstimator.estimate(observations, query: query, seed: seed)
        let size = query.targetDSC == nil ? estimate.nPlateau : estimate.nTarget?.size
        guard let size, let high = size.high else { return false }
        return Double(high - size.low) <= precision * Double(size.value)
    }
}
