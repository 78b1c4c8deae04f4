import Foundation
import LearningCurves
import Storage

/// What the runs of a sweep tell of DSC over size: the test DSC of those that have ended, and forecasts of those that were
/// stopped early or are under way.
///
/// A forecast is of the final validation DSC, an estimate of the test DSC: it is moved by what lay between the two in the
/// runs that have ended, and is the less certain for how much that varied.
struct SweepEvidence: Sendable {
    let observations: [SizeObservation]
    /// Of runs that have not ended.
    let forecastCount: Int
    let stoppedCount: Int
    /// Runs that have neither ended nor a first epoch.
    let unknownCount: Int
    /// Mean test DSC minus last validation DSC of the runs that have ended; nil where none has.
    let shift: Double?

    /// How much one run's test DSC differs from its validation DSC, where fewer than three have ended to tell.
    static let assumedShiftError = 0.03

    /// - Parameters:
    ///   - runs: all of the sweep.
    ///   - forecast: of the final validation DSC of a run with at least one epoch.
    init(_ runs: [RunRecord], forecast: (RunRecord) async throws -> Forecast) async throws {
        let shifts = runs.filter { $0.state == .succeeded }.compactMap { run in
            run.testDSC.flatMap { test in run.last.map { test - $0.valDSC } }
        }
        let shift = shifts.isEmpty ? nil : shifts.reduce(0, +) / Double(shifts.count)
        var shiftError = Self.assumedShiftError
        if let shift, shifts.count >= 3 {
            shiftError = (shifts.reduce(0) { $0 + ($1 - shift) * ($1 - shift) } / Double(shifts.count - 1)).squareRoot()
        }
        var observations = runs.filter { $0.state.isFinal }.compactMap(SizeObservation.init)
        let open = runs.filter { !$0.state.isFinal }
        for run in open where run.epochsDone > 0 {
            let quantiles = try await forecast(run).quantiles
            let deviation = quantiles.deviation
            observations.append(
                SizeObservation(
                    n: run.size, dsc: min(1, max(0, quantiles.median + (shift ?? 0))), layers: run.depth,
                    seed: run.seed,
                    standardError: min(1, (deviation * deviation + shiftError * shiftError).squareRoot()),
                    isForecast: true, runID: run.id))
        }
        self.observations = observations
        self.shift = shift
        stoppedCount = runs.count { $0.state == .stoppedEarly }
        forecastCount = open.count { $0.epochsDone > 0 }
        unknownCount = open.count { $0.epochsDone == 0 }
    }

    /// What an estimate from this rests on.
    var circumstances: [String] {
        var list: [String] = []
        if stoppedCount > 0 {
            list.append(
                "\(stoppedCount) runs were stopped early; their final DSC is a forecast: what was measured at the stop, and "
                    + "what the validation DSC was expected still to gain.")
        }
        if forecastCount > 0 {
            let moved =
                shift.map {
                    ", moved by \(String(format: "%+.3f", $0)), what test DSC was above validation DSC in the runs that have "
                        + "ended"
                } ?? ", taken for the test DSC as no run has ended yet to tell what lies between the two"
            list.append(
                "\(Self.runs(forecastCount)) not ended: each counts by the forecast of its final validation DSC\(moved). "
                    + "Their weight falls with the forecast's uncertainty.")
        }
        if unknownCount > 0 { list.append("\(Self.runs(unknownCount)) no epoch yet and can't count.") }
        return list
    }

    private static func runs(_ count: Int) -> String { count == 1 ? "1 run has" : "\(count) runs have" }
}

extension SizeObservation {
    /// Of a run that has ended. The standard error is that of the mean over test cases, or of the forecast.
    init?(_ run: RunRecord) {
        if let final = FinalForecast(run) {
            self.init(
                n: run.size, dsc: final.value, layers: run.depth, seed: run.seed, standardError: final.standardError,
                isForecast: true, runID: run.id)
            return
        }
        guard let dsc = run.testDSC else { return nil }
        let error = run.testCases.flatMap { cases in run.testDSCSD.map { min(1, $0 / Double(cases).squareRoot()) } }
        self.init(
            n: run.size, dsc: dsc, layers: run.depth, seed: run.seed, standardError: error, isForecast: false,
            runID: run.id)
    }
}
