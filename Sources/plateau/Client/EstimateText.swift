import API

/// An estimate in words: the answer first, then what it rests on.
enum EstimateText {
    static func text(_ estimate: EstimateBody) -> String {
        var lines = [plateau(estimate)]
        if let target = estimate.nTarget { lines.append(self.target(target)) }
        if let asymptote = estimate.asymptote {
            lines.append(
                "With ever more images the DSC approaches \(Words.dsc(asymptote.value)) "
                    + "(\(Words.dsc(asymptote.low)) to \(Words.dsc(asymptote.high))).")
        }
        if let expected = estimate.expected {
            lines.append(
                "With \(expected.n) images a DSC of \(Words.dsc(expected.dsc)) is expected "
                    + "(\(Words.dsc(expected.low)) to \(Words.dsc(expected.high)))."
                    + (expected.extrapolated ? " This is extrapolated far beyond what was measured." : ""))
        }
        lines += ["", estimate.advice.onOneLine]
        if !estimate.evidence.isEmpty { lines += ["", evidence(estimate)] }
        if !estimate.assumptions.isEmpty { lines += ["", "Assumptions:"] }
        lines += estimate.assumptions.map { "  - \($0.onOneLine)" }
        return lines.joined(separator: "\n")
    }

    private static func plateau(_ estimate: EstimateBody) -> String {
        let depth = estimate.depth.map { " (depth \($0))" } ?? ""
        guard let size = estimate.nPlateau else {
            return estimate.status == "insufficient_data"
                ? "There is not enough data yet to say how many images are needed."
                : "The plateau is not reached: no number of images can be given yet beyond which more gain less than \(estimate.delta) DSC\(depth)."
        }
        return
            "Beyond \(size.value) images (\(range(size))\(share(size))) more gain less than \(estimate.delta) DSC\(depth)."
            + (size.extrapolated ? " This is extrapolated far beyond what was measured." : "")
    }

    private static func target(_ target: EstimateBody.Target) -> String {
        let goal = "A DSC of \(Words.dsc(target.targetDSC))"
        switch (target.status, target.size) {
        case ("reached", let size?): return "\(goal) needs \(size.value) images (\(range(size))\(share(size)))."
        case (_, let size?):
            return "\(goal) is not reached with the images measured; it may need \(size.median ?? size.value) "
                + "(\(range(size)))."
                + (size.extrapolated ? " This is extrapolated far beyond what was measured." : "")
        case ("insufficient_data", nil):
            return "There is not enough data yet to say how many a DSC of \(Words.dsc(target.targetDSC)) needs."
        case (_, nil): return "\(goal) is not reached with the images measured, and no number can be given for it."
        }
    }

    private static func range(_ size: EstimateBody.Size) -> String {
        size.high.map { "\(size.low) to \($0)" } ?? "\(size.low) or more"
    }

    private static func share(_ size: EstimateBody.Size) -> String {
        size.fraction.map { "; \(Words.percent($0)) of all" } ?? ""
    }

    /// Mean test DSC by size and depth.
    private static func evidence(_ estimate: EstimateBody) -> String {
        let depths = Set(estimate.evidence.map(\.depth)).sorted { ($0 ?? 0) < ($1 ?? 0) }
        var table = TextTable(["images"] + depths.map { $0.map { "depth \($0)" } ?? "DSC" })
        for size in Set(estimate.evidence.map(\.n)).sorted() {
            table.add(
                ["\(size)"]
                    + depths.map { depth in
                        let runs = estimate.evidence.filter { $0.n == size && $0.depth == depth }
                        guard !runs.isEmpty else { return "–" }
                        return (runs.contains(where: \.forecast) ? "~" : "")
                            + Words.dsc(runs.map(\.dsc).reduce(0, +) / Double(runs.count))
                    })
        }
        let note =
            estimate.evidence.contains(where: \.forecast)
            ? " (~: with forecasts, of runs that were stopped early or have not ended)" : ""
        return "Test DSC by number of training images\(note):\n" + table.text
    }
}
