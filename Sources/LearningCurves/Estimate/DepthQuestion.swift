/// What a query asks of each curve that a depth may have.
struct DepthQuestion {
    let query: EstimateQuery
    /// The largest size measured.
    let largest: Double
    /// Gains are compared to it.
    let reference: Double

    /// The n beyond which more images, up to the reference, gain less than the query's delta.
    func plateau(_ curve: DrawnCurve) -> Double { curve.plateau(reference: reference, delta: query.delta) }

    /// The n that reaches `target`; infinite if there is none.
    func size(_ curve: DrawnCurve, reaching target: Double) -> Double { curve.size(reaching: target, known: known) }

    /// What doubling the largest size would gain.
    func gainOfDoubling(_ curve: DrawnCurve) -> Double { curve.gain(from: largest, to: 2 * largest) }

    /// A gain that is small only because the reference is near proves nothing: for a plateau, the curve must be flat beyond
    /// the largest size as well, with the query's confidence.
    func isFlatBeyond(_ ensemble: CurveEnsemble) -> Bool {
        quantile(query.confidence, ofSorted: ensemble.sorted(gainOfDoubling)) < query.delta
    }

    /// Up to here what is reached must stay reached.
    var known: Double { max(reference, largest) }
}
