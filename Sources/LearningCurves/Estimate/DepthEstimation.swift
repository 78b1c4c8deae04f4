import Foundation

/// Answers a query for one depth.
struct DepthEstimation {
    let depth: Int?
    let evidence: DepthEvidence
    let query: EstimateQuery
    let referenceN: Int

    /// Fewer different sizes give no estimate.
    static let minimumSizes = 3
    /// Of the next runs, to say how much they would narrow the answer.
    private static let outcomes = 24

    /// - returns: the answer, and the expected DSC at the reference size (−∞ with insufficient data).
    func answer(samples: Int, seed: UInt64) -> (answer: SizeEstimate.Depth, dscAtReference: Double) {
        let ensemble = CurveEnsemble(evidence, samples: samples, seed: seed)
        let next = NextSizes(measured: evidence.sizes.map { Int($0) }, query: query)
        func step(
            _ sizes: [Int], _ quantity: SizeEstimate.NextStep.Quantity, _ value: (DrawnCurve) -> Double
        ) -> SizeEstimate.NextStep? {
            guard !sizes.isEmpty, ensemble.curves.count > 1 else { return nil }
            let outlook = Outlook(
                ensemble.curves, runError: evidence.runError, confidence: query.confidence, seed: seed, of: value)
            return SizeEstimate.NextStep(
                sizes: sizes, quantity: quantity, widthNow: outlook.width,
                widthThen: min(outlook.width, outlook.width(after: sizes, outcomes: Self.outcomes)))
        }
        let question = DepthQuestion(query: query, largest: evidence.largest, reference: Double(referenceN))
        guard evidence.sizes.count >= Self.minimumSizes else {
            return (insufficient(step(next.missing, .expectedDSC) { $0.dsc(question.reference) }), -.infinity)
        }
        let confidence = query.confidence
        let median = ensemble.median
        let plateauSize = size(ensemble.sorted(question.plateau), median: question.plateau(median))
        let isWithin = plateauSize.map { Double($0.value) <= evidence.largest } ?? false
        let plateauStatus: SizeEstimate.Status = isWithin && question.isFlatBeyond(ensemble) ? .reached : .notReached

        let target = query.targetDSC.map { targetDSC in
            let size = size(
                ensemble.sorted { question.size($0, reaching: targetDSC) },
                median: question.size(median, reaching: targetDSC))
            let reached = size.map { Double($0.value) <= evidence.largest } ?? false
            return SizeEstimate.Target(targetDSC: targetDSC, status: reached ? .reached : .notReached, size: size)
        }
        let answer = SizeEstimate.Depth(
            depth: depth, status: target?.status ?? plateauStatus, plateauStatus: plateauStatus,
            nPlateau: plateauStatus == .reached ? plateauSize : nil, nTarget: target,
            asymptote: ensemble.interval(confidence: confidence) { $0.limit(from: evidence.largest) },
            curve: grid.map { n in
                let value = ensemble.interval(confidence: confidence) { $0.dsc(Double(n)) }
                return SizeEstimate.CurveValue(n: n, dsc: value.value, low: value.low, high: value.high)
            },
            families: ensemble.families.map {
                SizeEstimate.Family(name: $0.family.name, weight: $0.weight, parameters: $0.parameters)
            },
            largestMeasuredN: Int(evidence.largest), sizesMeasured: evidence.sizes.count,
            gainOfDoubling: ensemble.interval(confidence: confidence, question.gainOfDoubling),
            expected: query.atN.map { expected(at: $0, ensemble) },
            nextStep: step(
                next.larger.isEmpty ? next.repeated : next.larger, .gainOfDoubling,
                question.gainOfDoubling))
        return (answer, median.dsc(question.reference))
    }

    private func insufficient(_ nextStep: SizeEstimate.NextStep?) -> SizeEstimate.Depth {
        SizeEstimate.Depth(
            depth: depth, status: .insufficientData, plateauStatus: .insufficientData, nPlateau: nil,
            nTarget: query.targetDSC.map {
                SizeEstimate.Target(targetDSC: $0, status: .insufficientData, size: nil)
            },
            asymptote: nil, curve: [], families: [], largestMeasuredN: Int(evidence.largest),
            sizesMeasured: evidence.sizes.count, gainOfDoubling: nil, expected: nil, nextStep: nextStep)
    }

    private func expected(at n: Int, _ ensemble: CurveEnsemble) -> SizeEstimate.Expected {
        SizeEstimate.Expected(
            n: n, fraction: query.wholePool.map { Double(n) / Double($0) },
            dsc: ensemble.interval(confidence: query.confidence) { $0.dsc(Double(n)) },
            extrapolated: Double(n) > 2 * evidence.largest)
    }

    /// The n at which a statement holds with the query's confidence, and the central interval of where it begins to
    /// hold; nil where that is out of reach.
    private func size(_ sorted: [Double], median: Double) -> SizeEstimate.Size? {
        let farthest = evidence.largest * CurveEnsemble.reach
        func whole(_ n: Double, _ rule: FloatingPointRoundingRule) -> Int? {
            // The search for a crossing ends a little beside whole numbers.
            n <= farthest ? max(1, Int((n * (1 + (rule == .up ? -1e-4 : 1e-9))).rounded(rule))) : nil
        }
        func whole(atShare probability: Double, _ rule: FloatingPointRoundingRule) -> Int? {
            whole(quantile(probability, ofSorted: sorted), rule)
        }
        guard let value = whole(atShare: query.confidence, .up),
            let low = whole(atShare: (1 - query.confidence) / 2, .down)
        else { return nil }
        return SizeEstimate.Size(
            value: value, low: min(low, value),
            high: whole(atShare: (1 + query.confidence) / 2, .up).map { max($0, value) },
            median: whole(median, .up), poolSize: query.wholePool,
            extrapolated: Double(value) > 2 * evidence.largest)
    }

    private var grid: [Int] {
        let last = max(evidence.largest, Double(referenceN))
        let count = 30
        let sizes = (0..<count).map {
            Int((evidence.smallest * pow(last / evidence.smallest, Double($0) / Double(count - 1))).rounded())
        }
        return Set(sizes).sorted()
    }
}
