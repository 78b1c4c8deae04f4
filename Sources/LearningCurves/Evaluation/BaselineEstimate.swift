import Foundation

/// Estimates that ours has to beat: the last value, and single families fitted by weighted least squares.
enum BaselineEstimate: String, CaseIterable {
    case last, pow3, exp3
    case mmf4 = "MMF4"
    case wbl4 = "WBL4"

    private var family: EpochFamily? {
        switch self {
        case .last: nil
        case .pow3: .power
        case .exp3: .exponential
        case .mmf4: .mmf
        case .wbl4: .weibull
        }
    }

    /// Scores over size, 0…1, rising, as fitted to the evidence; nil for the last value, and with fewer sizes than
    /// parameters.
    func curve(_ evidence: DepthEvidence) -> ((Double) -> Double)? {
        guard let family, evidence.sizes.count >= family.fitter.lower.count else { return nil }
        // In units of the smallest size, so that the bounds mean the same for studies of any size.
        let unit = evidence.smallest
        let fit = CurveFit(
            family, times: evidence.sizes.map { $0 / unit }, values: evidence.means, weights: evidence.weights)
        return { min(1, max(0, fit.value(time: $0 / unit))) }
    }

    /// The score at `fullSize`, and the n that reaches ``SizeStudy/share`` of that, on a fitted curve; without one it is
    /// the last value.
    static func answer(
        _ evidence: DepthEvidence, curve: ((Double) -> Double)?, fullSize: Double
    ) -> (score: Double, size: Double) {
        guard let curve else { return (evidence.means[evidence.means.count - 1], SizeStudy.measuredSize(evidence)) }
        let score = curve(fullSize)
        let target = SizeStudy.share * score
        guard curve(evidence.smallest) < target else { return (score, evidence.smallest) }
        // It rises: halve the stretch of log n that holds the crossing.
        var (low, high) = (log(evidence.smallest), log(fullSize))
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if curve(exp(middle)) < target { low = middle } else { high = middle }
        }
        return (score, exp(high))
    }
}
