/// How far the ratio of two methods' mean errors can be trusted, given their errors on the same curves.
enum PairedBootstrap {
    static let samples = 2000

    /// The 5 % and 95 % quantile of the ratio over resamples of the curves; nil where the baseline has no error to
    /// compare with. Curves of one task are alike, so the truth about other tasks may lie further out.
    ///
    /// - precondition: as many errors on both sides, at least one.
    static func interval(_ errors: [Double], over baseline: [Double], seed: UInt64) -> (
        low: Double, high: Double
    )? {
        var generator = SeededGenerator(seed: seed)
        let ratios = (0..<samples).compactMap { _ -> Double? in
            var (above, below) = (0.0, 0.0)
            for _ in errors.indices {
                let drawn = Int.random(in: errors.indices, using: &generator)
                above += errors[drawn]
                below += baseline[drawn]
            }
            return below > 0 ? above / below : nil
        }.sorted()
        guard !ratios.isEmpty else { return nil }
        return (quantile(0.05, ofSorted: ratios), quantile(0.95, ofSorted: ratios))
    }
}
