/// A ``SizeStudy`` as one of its prefixes lets expect it: what was measured stays as it is, and at its other sizes scores
/// are put in.
///
/// The true n is one of measured scores, not of expected ones: a score that came out low by its noise is pooled with those
/// before it, and what was measured before the cut is part of it.
struct ContinuedStudy {
    private let seen: DepthEvidence
    /// Of the study, beyond those seen; rising.
    let sizes: [Double]
    /// Of each of their scores: the mean inverse variance of those seen.
    private let weight: Double

    init(_ seen: DepthEvidence, of study: SizeStudy) {
        self.seen = seen
        sizes = study.evidence.sizes.filter { $0 > seen.largest }
        weight = mean(seen.weights)
    }

    /// The n that truly reaches ``SizeStudy/share`` of the full-size score, were `scores` measured at ``sizes``.
    func trueSize(_ scores: [Double]) -> Double {
        SizeStudy.trueSize(
            sizes: seen.sizes + sizes, scores: seen.means + scores,
            weights: seen.weights + [Double](repeating: weight, count: scores.count))
    }

    /// What may be measured at ``sizes`` on a curve that is still possible: its expected scores, and a run's error each.
    func scores(on curve: DrawnCurve, using generator: inout SeededGenerator) -> [Double] {
        let deviation = curve.noiseScale / weight.squareRoot()
        return sizes.map { min(1, max(0, curve.dsc($0) + deviation * generator.normal())) }
    }
}
