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
