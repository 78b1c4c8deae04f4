extension SweepSpecification {
    /// Of the optimizer steps of a full sweep, what an adaptive one may take.
    static let standardShare = 0.25

    /// Optimizer steps of a run that trains to its end.
    func steps(of cell: Cell) -> Int { cell.stepsPerEpoch * training.epochs }

    /// Optimizer steps of all cells, each trained to its end.
    var stepsOfAll: Int { cells.reduce(0) { $0 + steps(of: $1) } }

    /// Optimizer steps that the runs of an adaptive sweep may take together; nil for other sweeps.
    var maxSteps: Int? { adaptive.map { $0.maxSteps ?? standardSteps } }

    /// Optimizer steps that the runs of an adaptive sweep may take together where nobody said: a quarter of those of the full
    /// sweep, but in small ones as many as compare the depths and give one of them the three sizes of an estimate.
    var standardSteps: Int {
        let largest = cells.map { steps(of: $0) }.max() ?? 0
        let share = Int(Double(stepsOfAll) * Self.standardShare)
        return max(1, min(stepsOfAll, max(share, (depths.count + 2) * largest)))
    }
}
