extension Collection where Element: Comparable {
    /// The upper of the two in the middle; nil of nothing.
    var upperMedian: Element? { isEmpty ? nil : sorted()[count / 2] }
}
