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

    /// The score at `fullSize`, and the n that reaches ``SizeStudy/share`` of that. With fewer sizes than parameters it
    /// is the last value.
    func answer(_ evidence: DepthEvidence, fullSize: Double) -> (score: Double, size: Double) {
        guard let family, evidence.sizes.count >= family.fitter.lower.count else {
            return (evidence.means[evidence.means.count - 1], SizeStudy.measuredSize(evidence))
        }
        // In units of the smallest size, so that the bounds mean the same for studies of any size.
        let unit = evidence.smallest
        let fit = CurveFit(
            family, times: evidence.sizes.map { $0 / unit }, values: evidence.means, weights: evidence.weights)
        let score = min(1, max(0, fit.value(time: fullSize / unit)))
        // Every family rises: halve the stretch of log n that holds the crossing.
        var (low, high) = (log(unit), log(fullSize))
        guard fit.value(time: 1) < SizeStudy.share * score else { return (score, unit) }
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if fit.value(time: exp(middle) / unit) < SizeStudy.share * score { low = middle } else { high = middle }
        }
        return (score, exp(high))
    }
}
