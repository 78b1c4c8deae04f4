import Foundation

/// Answers a query for one depth.
struct DepthEstimation {
    let depth: Int?
    let evidence: DepthEvidence
    let query: EstimateQuery
    let referenceN: Int

    /// Fewer different sizes give no estimate.
    static let minimumSizes = 3
    /// Numbers of images beyond this multiple of the largest measured are not given.
    private static let reach = 100.0

    /// - returns: the answer, and the expected DSC at the reference size (−∞ with insufficient data).
    func answer(samples: Int, seed: UInt64) -> (answer: SizeEstimate.Depth, dscAtReference: Double) {
        guard evidence.sizes.count >= Self.minimumSizes else { return (insufficient, -.infinity) }
        let ensemble = CurveEnsemble(evidence, samples: samples, seed: seed)
        let confidence = query.confidence
        let reference = Double(referenceN)
        let doubling = ensemble.sorted { $0.gain(from: evidence.largest, to: 2 * evidence.largest) }
        let plateaus = ensemble.sorted { $0.plateau(reference: reference, delta: query.delta) }
        let plateau = size(plateaus)
        // A gain that is small only because the reference is near proves nothing: the curve must be flat beyond the
        // largest size measured as well.
        let isFlat = quantile(confidence, ofSorted: doubling) < query.delta
        let isWithin = plateau.map { Double($0.value) <= evidence.largest } ?? false
        let plateauStatus: SizeEstimate.Status = isFlat && isWithin ? .reached : .notReached

        let target = query.targetDSC.map { targetDSC in
            let size = size(ensemble.sorted { $0.size(reaching: targetDSC) })
            let reached = size.map { Double($0.value) <= evidence.largest } ?? false
            return SizeEstimate.Target(targetDSC: targetDSC, status: reached ? .reached : .notReached, size: size)
        }
        let answer = SizeEstimate.Depth(
            depth: depth, status: target?.status ?? plateauStatus, plateauStatus: plateauStatus,
            nPlateau: plateauStatus == .reached ? plateau : nil, nTarget: target,
            asymptote: ensemble.interval(confidence: confidence) { max(0, $0.asymptote) },
            curve: grid.map { n in
                let value = ensemble.interval(confidence: confidence) { $0.dsc(Double(n)) }
                return SizeEstimate.CurveValue(n: n, dsc: value.value, low: value.low, high: value.high)
            },
            families: ensemble.families.map {
                SizeEstimate.Family(name: $0.fit.family.name, weight: $0.weight, parameters: $0.fit.parameters)
            },
            largestMeasuredN: Int(evidence.largest), sizesMeasured: evidence.sizes.count,
            gainOfDoubling: ensemble.interval(confidence: confidence) {
                $0.gain(from: evidence.largest, to: 2 * evidence.largest)
            })
        return (answer, ensemble.interval(confidence: confidence) { $0.dsc(reference) }.value)
    }

    private var insufficient: SizeEstimate.Depth {
        SizeEstimate.Depth(
            depth: depth, status: .insufficientData, plateauStatus: .insufficientData, nPlateau: nil,
            nTarget: query.targetDSC.map {
                SizeEstimate.Target(targetDSC: $0, status: .insufficientData, size: nil)
            },
            asymptote: nil, curve: [], families: [], largestMeasuredN: Int(evidence.largest),
            sizesMeasured: evidence.sizes.count, gainOfDoubling: nil)
    }

    /// The n at which a statement holds with the query's confidence, and the central interval of where it begins to
    /// hold; nil where that is out of reach.
    private func size(_ sorted: [Double]) -> SizeEstimate.Size? {
        let farthest = evidence.largest * Self.reach
        func whole(_ probability: Double, _ rule: FloatingPointRoundingRule) -> Int? {
            let n = quantile(probability, ofSorted: sorted)
            // Closed forms land a rounding error beside whole numbers.
            return n <= farthest ? max(1, Int((n * (1 + (rule == .up ? -1e-9 : 1e-9))).rounded(rule))) : nil
        }
        guard let value = whole(query.confidence, .up), let low = whole((1 - query.confidence) / 2, .down) else {
            return nil
        }
        return SizeEstimate.Size(
            value: value, low: min(low, value), high: whole((1 + query.confidence) / 2, .up).map { max($0, value) },
            fraction: query.poolSize.map { Double(value) / Double($0) },
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
