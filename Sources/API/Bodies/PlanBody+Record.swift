import Storage

extension PlanBody {
    /// Nil unless the sweep is adaptive.
    ///
    /// - Parameter cells: those that have runs.
    init?(_ sweep: SweepRecord, _ specification: SweepSpecification, cells: [(size: Int, depth: Int, seed: Int)]) throws
    {
        guard let goal = specification.adaptive, let maxSteps = specification.maxSteps, let json = sweep.planJSON
        else { return nil }
        let plan = try StoredPlan(json: json)
        let end = sweep.isPlanOpen ? nil : plan.end ?? "cancelled"
        let taken = Set(cells.map { [$0.size, $0.depth, $0.seed] })
        let left = specification.cells.filter { !taken.contains([$0.size, $0.depth, $0.seed]) }
        let groups = Dictionary(grouping: left) { [$0.depth, $0.size] }
            .sorted { ($0.key[0], $0.key[1]) < ($1.key[0], $1.key[1]) }
        self.init(
            state: end == nil ? "open" : "ended", reason: end,
            waiting: plan.waitsForRoom == true && end == nil && sweep.state != .paused && sweep.runs[.queued] == nil
                ? Self.roomAdvice : nil,
            query: Query(targetDSC: goal.targetDSC, delta: goal.delta, confidence: goal.confidence),
            precision: goal.precision, maxSteps: maxSteps,
            stepsUsed: sweep.stepsDone, stepsOfAll: specification.stepsOfAll,
            droppedDepths: plan.droppedDepths,
            notRun: groups.map { key, cells in
                NotRun(
                    size: key[1], depth: key[0], seeds: cells.map(\.seed).sorted(),
                    reason: plan.droppedDepths.contains(key[0]) ? "dropped" : end ?? "open")
            })
    }

    private static let roomAdvice =
        "The next run is not queued yet: the token that submitted the sweep has as many runs waiting, queued or paused, as it "
        + "may. It is queued once there is room: wait for some of them to train, resume or cancel some, or ask an admin for "
        + "a higher quota (plateau token limit)."
}
