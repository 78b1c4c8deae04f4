/// How long each of a number of equal steps took.
struct StepTimes {
    /// In seconds.
    private(set) var each: [Double] = []

    /// At least three steps, and as many more as begin within `seconds`.
    init(seconds: Double, step: () throws -> Void) rethrows {
        let clock = ContinuousClock()
        let begun = clock.now
        while each.count < 3 || clock.now - begun < .seconds(seconds) {
            let time = try clock.measure(step)
            each.append(time / .seconds(1))
        }
    }

    var total: Double { each.reduce(0, +) }

    var median: Double {
        let sorted = each.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
