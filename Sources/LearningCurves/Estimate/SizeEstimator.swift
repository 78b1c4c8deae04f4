/// Estimates how many images a task needs from the DSC reached at several training-set sizes.
public enum SizeEstimator {
    /// Curves drawn for each depth.
    static let samples = 1000

    /// Fits expected DSC over size per depth and answers the query for the depth that does best at the reference size.
    ///
    /// The same observations, in any order, query and seed give the same answer.
    ///
    /// - parameter seed: of the curves drawn.
    /// - throws: ``LearningCurvesError`` naming the observation or the field of the query that is out of range.
    public static func estimate(
        _ observations: [SizeObservation], query: EstimateQuery = EstimateQuery(), seed: UInt64 = 0
    ) throws -> SizeEstimate {
        try estimate(observations, query: query, seed: seed, samples: samples)
    }

    static func estimate(
        _ observations: [SizeObservation], query: EstimateQuery, seed: UInt64, samples: Int
    ) throws -> SizeEstimate {
        try query.validate()
        guard observations.count <= 100_000 else {
            throw LearningCurvesError.invalidObservations(
                problem: "must be at most 100000; got \(observations.count)")
        }
        for (index, observation) in observations.enumerated() { try observation.validate(index: index) }
        let sorted = observations.sorted(by: SizeObservation.precedes)
        let largest = sorted.map(\.n).max() ?? 0
        let referenceN = query.referenceN(largest: largest)

        let depths = Dictionary(grouping: sorted, by: \.layers).sorted { ($0.key ?? -1) < ($1.key ?? -1) }
        let evidence = depths.map { DepthEvidence($0.value) }
        var answers: [SizeEstimate.Depth] = []
        var best: (index: Int, dsc: Double)?
        for (index, depth) in depths.enumerated() {
            let estimation = DepthEstimation(
                depth: depth.key, evidence: evidence[index], query: query, referenceN: referenceN)
            let (answer, dsc) = estimation.answer(samples: samples, seed: seed &+ UInt64(depth.key ?? 0) &* 0x9E37_79B9)
            answers.append(answer)
            if dsc > best?.dsc ?? -.infinity { best = (index, dsc) }
        }
        let chosen = best.map { answers[$0.index] }
        let words = EstimateWords(
            answers: answers, chosen: chosen, chosenEvidence: best.map { evidence[$0.index] }, observations: sorted,
            query: query, referenceN: referenceN, samples: samples)
        // With too little data for any depth, of the one that lacks the least.
        let nextStep = (chosen ?? words.fullest)?.nextStep
        let target = query.targetDSC.map {
            chosen?.nTarget ?? SizeEstimate.Target(targetDSC: $0, status: .insufficientData, size: nil)
        }
        return SizeEstimate(
            status: chosen?.status ?? .insufficientData, plateauStatus: chosen?.plateauStatus ?? .insufficientData,
            nPlateau: chosen?.nPlateau, nTarget: target, asymptote: chosen?.asymptote, expected: chosen?.expected,
            nextStep: nextStep, delta: query.delta, confidence: query.confidence, poolSize: query.wholePool,
            referenceN: referenceN, largestMeasuredN: largest,
            extrapolated: chosen.map { $0.nPlateau?.extrapolated == true || $0.nTarget?.size?.extrapolated == true }
                ?? false,
            depth: chosen?.depth, byDepth: answers, families: chosen?.families ?? [], evidence: sorted,
            assumptions: words.assumptions, advice: words.advice)
    }
}
