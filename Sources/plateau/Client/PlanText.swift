import API

/// What an adaptive sweep did not train, and why.
enum PlanText {
    static func text(_ plan: PlanBody) -> String {
        let share = Double(plan.stepsUsed) / Double(max(1, plan.stepsOfAll))
        var lines = [
            "\(plan.stepsUsed) of at most \(plan.maxSteps) optimizer steps, \(Words.percent(share)) of those of all runs"
                + (plan.reason.map { "; no more, as \(PlanBody.words($0))" } ?? "")
        ]
        for depth in Set(plan.notRun.map(\.depth)).sorted() {
            let cells = plan.notRun.filter { $0.depth == depth }
            let sizes = cells.map { cell in
                "\(cell.size)" + (cell.seeds.count == 1 ? " (seed \(cell.seeds[0]))" : "")
            }
            lines.append(
                "not run, depth \(depth)"
                    + (plan.droppedDepths.contains(depth) ? ", which another does better than" : "")
                    + ": sizes \(sizes.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}
