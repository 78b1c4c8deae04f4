import Foundation

/// The measured DSC, or another score from 0 to 1, of one way of learning one task at many training-set sizes, up to
/// all the data there are: to judge estimates by.
public struct SizeStudy: Sendable {
    /// Of the file it came from.
    public let name: String
    /// Curves of one task are resampled together.
    public let task: String
    let observations: [SizeObservation]
    let evidence: DepthEvidence

    /// Of the full-size score: the n that reaches it is what estimates are judged by.
    static let share = 0.99
    /// Fewer sizes leave nothing to estimate from after a cut.
    public static let minimumSizes = 5

    /// - throws: ``LearningCurvesError`` naming the observation that is out of range, or that there are too few sizes.
    public init(name: String, task: String, observations: [SizeObservation]) throws {
        for (index, observation) in observations.enumerated() { try observation.validate(index: index) }
        let sizes = Set(observations.map(\.n)).count
        guard sizes >= Self.minimumSizes else {
            throw LearningCurvesError.invalidObservations(
                problem: "must be of at least \(Self.minimumSizes) different sizes; got \(sizes)")
        }
        self.name = name
        self.task = task
        self.observations = observations.sorted(by: SizeObservation.precedes)
        evidence = DepthEvidence(observations)
    }

    var fullSize: Double { evidence.largest }
    /// As it was measured at the largest size.
    var fullScore: Double { evidence.means[evidence.means.count - 1] }
    /// The n that truly reaches ``share`` of the full-size score.
    var trueSize: Double { Self.measuredSize(evidence) }

    /// What an estimate at `cut` sees; nil where that is too little.
    func prefix(at cut: SizeCut) -> DepthEvidence? {
        let seen = observations.filter { Double($0.n) <= cut.share * fullSize }
        guard Set(seen.map(\.n)).count >= DepthEstimation.minimumSizes else { return nil }
        return DepthEvidence(seen)
    }

    /// ``trueSize(sizes:scores:weights:)`` of what was measured.
    static func measuredSize(_ evidence: DepthEvidence) -> Double {
        trueSize(sizes: evidence.sizes, scores: evidence.means, weights: evidence.weights)
    }

    /// The smallest n at which scores, made monotone, reach ``share`` of their last value. A single lucky size does not
    /// count as reached, nor one before the curve dips: sizes that fall are pooled with those before them
    /// (``isotonicFit(_:weights:)``). Between sizes, linear in log n.
    ///
    /// - precondition: at least one size; as many scores and weights.
    static func trueSize(sizes: [Double], scores: [Double], weights: [Double]) -> Double {
        let values = isotonicFit(scores, weights: weights)
        let target = share * values[values.count - 1]
        let first = values.firstIndex { $0 >= target } ?? values.count - 1
        guard first > 0 else { return sizes[0] }
        let (below, above) = (values[first - 1], values[first])
        let (left, right) = (log(sizes[first - 1]), log(sizes[first]))
        return exp(left + (target - below) / (above - below) * (right - left))
    }
}
