import Foundation

extension Outlook {
    /// Curves drawn of a depth: with fewer, the ends of the interval scatter by as much as a run narrows it.
    private static let samples = 1500
    /// n beyond this multiple of the largest measured size counts as that: what lies farther off is extrapolated, and no
    /// run is chosen for it.
    private static let farthest = 2.0

    /// Of what keeps the query from its answer at one depth: log n, or, while it is not certain that the curve is flat beyond
    /// the largest size, what doubling that would gain. Nil where there are too few sizes for an estimate.
    ///
    /// Without the error that all runs share, as they see the same test cases: no run narrows that, and beside it what runs
    /// can narrow would look small.
    init?(_ observations: [SizeObservation], query: EstimateQuery, seed: UInt64) {
        guard !observations.isEmpty else { return nil }
        let evidence = DepthEvidence(observations.sorted(by: SizeObservation.precedes))
        guard evidence.sizes.count >= DepthEstimation.minimumSizes else { return nil }
        let ensemble = CurveEnsemble(evidence, samples: Self.samples, seed: seed, movesWhole: false)
        let question = DepthQuestion(
            query: query, largest: evidence.largest,
            reference: Double(query.referenceN(largest: Int(evidence.largest))))
        let isOpen = query.targetDSC == nil && !question.isFlatBeyond(ensemble)
        self.init(ensemble.curves, runError: evidence.runError, confidence: query.confidence, seed: seed) { curve in
            if isOpen { return question.gainOfDoubling(curve) }
            let n = query.targetDSC.map { question.size(curve, reaching: $0) } ?? question.plateau(curve)
            return log(min(n, Self.farthest * question.known))
        }
    }
}
