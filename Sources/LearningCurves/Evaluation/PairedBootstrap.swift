/// How far the ratio of two methods' errors can be trusted, given their errors on the same curves.
enum PairedBootstrap {
    static let samples = 2000

    /// The 5 % and 95 % quantile of the ratio over resamples of the curves; nil where the baseline has no error to
    /// compare with.
    ///
    /// - parameters:
    ///   - groups: curves that are alike, to be drawn together; nil draws each by itself, and the truth about other
    ///     tasks may then lie further out.
    ///   - statistic: of the errors, whose ratio is meant. The default is the mean.
    /// - precondition: as many errors on both sides, at least one, each in one group.
    static func interval(
        _ errors: [Double], over baseline: [Double], groups: [[Int]]? = nil, seed: UInt64,
        of statistic: ([Double]) -> Double = mean
    ) -> (low: Double, high: Double)? {
        var generator = SeededGenerator(seed: seed)
        let groups = groups ?? errors.indices.map { [$0] }
        let ratios = (0..<samples).compactMap { _ -> Double? in
            let drawn = groups.indices.flatMap { _ in groups[Int.random(in: groups.indices, using: &generator)] }
            let below = statistic(drawn.map { baseline[$0] })
            return below > 0 ? statistic(drawn.map { errors[$0] }) / below : nil
        }.sorted()
        guard !ratios.isEmpty else { return nil }
        return (quantile(0.05, ofSorted: ratios), quantile(0.95, ofSorted: ratios))
    }
}
