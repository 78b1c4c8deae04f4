import LearningCurves
import Storage

/// The final test DSC that a run which was stopped early would have reached: what was measured at the stop, and what the
/// surrogate expected its validation DSC still to gain. Of the network as it was then both are known, so that what makes
/// one data set's cases harder than the other's cancels out.
struct FinalForecast: Sendable, Hashable {
    /// Each in 0…1; `low` and `high` bound the 90 % interval.
    var value: Double
    var low: Double
    var high: Double

    /// Nil unless the run was stopped early.
    init?(_ run: RunRecord) {
        guard run.state == .stoppedEarly, let stop = run.stop, let measured = run.testDSC, let last = run.last else {
            return nil
        }
        func final(_ validation: Double) -> Double { min(1, max(0, measured + validation - last.valDSC)) }
        value = final(stop.median)
        low = final(stop.low)
        high = final(stop.high)
    }

    /// Of a normal distribution with this 90 % interval.
    var standardError: Double { ForecastQuantiles.deviation(low: low, high: high) }
}
