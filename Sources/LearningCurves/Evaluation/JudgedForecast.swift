/// One forecast of a curve whose end is known.
struct JudgedForecast {
    /// The median, or the only number there is.
    let value: Double
    /// The 90 % interval, where there is one.
    var interval: ClosedRange<Double>?
    let outcome: Double

    var error: Double { abs(value - outcome) }
    var isCovered: Bool { interval?.contains(outcome) == true }
}
