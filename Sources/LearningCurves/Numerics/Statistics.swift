/// The linearly interpolated quantile of numbers in rising order (Hyndman and Fan's type 7); infinite values count as
/// what they are.
///
/// - precondition: `sorted` is not empty.
func quantile(_ probability: Double, ofSorted sorted: [Double]) -> Double {
    let position = probability * Double(sorted.count - 1)
    let below = Int(position)
    let above = min(below + 1, sorted.count - 1)
    let share = position - Double(below)
    guard share > 0, sorted[below] != sorted[above] else { return sorted[below] }
    return sorted[below] + share * (sorted[above] - sorted[below])
}

func median(_ values: [Double]) -> Double { quantile(0.5, ofSorted: values.sorted()) }

func mean(_ values: [Double]) -> Double { values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count) }

/// Spearman's rank correlation, ties sharing the mean of their ranks; nil where one side is constant.
func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double? {
    let (x, y) = (ranks(a), ranks(b))
    let (meanX, meanY) = (mean(x), mean(y))
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (p, q) in zip(x, y) {
        xy += (p - meanX) * (q - meanY)
        xx += (p - meanX) * (p - meanX)
        yy += (q - meanY) * (q - meanY)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : nil
}

private func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
        var end = start
        while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
        for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
        start = end
    }
    return ranks
}
