import LearningCurves
import Storage

/// An adaptive sweep as it stands, and what it is to do next.
struct AdaptiveSweep: Sendable {
    let specification: SweepSpecification
    let goal: AdaptiveGoal
    /// Optimizer steps of all runs together.
    let maxSteps: Int
    /// Images in the train pool.
    let poolSize: Int
    let runs: [RunRecord]
    /// Mean CPU-seconds per training image by depth, as far as epochs were timed.
    let pace: [Int: Double]

    /// Nil where the sweep is none.
    init?(_ specification: SweepSpecification, poolSize: Int, runs: [RunRecord] = [], pace: [Int: Double] = [:]) {
        guard let goal = specification.adaptive, let maxSteps = specification.maxSteps else { return nil }
        self.specification = specification
        self.goal = goal
        self.maxSteps = maxSteps
        self.poolSize = poolSize
        self.runs = runs
        self.pace = pace
    }

    /// Cells to queue, at most `limit` of them, and how the choice stands then.
    ///
    /// - Throws: `LearningCurvesError` where what is stored is out of range.
    func next(limit: Int) throws -> (cells: [SweepSpecification.Cell], plan: StoredPlan, isOpen: Bool) {
        let planner = SweepPlanner(query: goal.query(poolSize: poolSize), precision: goal.precision)
        let observations = runs.compactMap(SizeObservation.init)
        var underWay = runs.filter { !$0.state.isFinal }.map { cell(of: $0) }
        let known = Set(runs.map { [$0.size, $0.depth, $0.seed] })
        var candidates = specification.cells.filter { !known.contains([$0.size, $0.depth, $0.seed]) }
        var chosen: [SweepSpecification.Cell] = []
        var plan = StoredPlan()
        while true {
            let step = try planner.plan(
                observations: observations, underWay: underWay, candidates: candidates.map(cell),
                stepsLeft: maxSteps - spent - chosen.reduce(0) { $0 + specification.steps(of: $1) })
            plan.droppedDepths = step.droppedDepths
            switch step.decision {
            case .run(let next):
                guard chosen.count < limit else { return (chosen, plan, true) }
                candidates.removeAll { candidate in
                    guard candidate.size == next.n, candidate.depth == next.layers, candidate.seed == next.seed
                    else { return false }
                    chosen.append(candidate)
                    return true
                }
                underWay.append(next)
            case .wait: return (chosen, plan, true)
            case .end(let end):
                // What was just chosen may change the verdict.
                guard chosen.isEmpty else { return (chosen, plan, true) }
                plan.end = end.rawValue
                return ([], plan, false)
            }
        }
    }

    /// Steps of the runs so far: done, or to be done.
    private var spent: Int {
        runs.reduce(0) { $0 + $1.stepsPerEpoch * ($1.state.isFinal ? $1.epochsDone : $1.epochsTotal) }
    }

    private func cell(_ cell: SweepSpecification.Cell) -> SweepCell {
        SweepCell(
            n: cell.size, layers: cell.depth, seed: cell.seed, steps: specification.steps(of: cell),
            cost: cost(depth: cell.depth, steps: specification.steps(of: cell)))
    }

    private func cell(of run: RunRecord) -> SweepCell {
        let steps = run.stepsPerEpoch * run.epochsTotal
        return SweepCell(
            n: run.size, layers: run.depth, seed: run.seed, steps: steps, cost: cost(depth: run.depth, steps: steps))
    }

    /// By the pace of the depth; where none was timed, by that of the others, or by steps.
    private func cost(depth: Int, steps: Int) -> Double {
        let known = pace.values.filter { $0 > 0 }.sorted()
        let typical = known.isEmpty ? 1 : known.reduce(0, +) / Double(known.count)
        let own = pace[depth].flatMap { $0 > 0 ? $0 : nil } ?? typical
        return Double(steps * specification.training.batchSize) * own
    }
}
