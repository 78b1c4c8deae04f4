/// Forecasts that any surrogate has to beat: a single number from the curve so far.
enum BaselineForecast: String, CaseIterable {
    case lastValue = "last value"
    case bestSoFar = "best so far"
    case pow3, exp3
    case mmf4 = "MMF4"

    /// The final DSC, 0…1. The families are fitted over all points, robustly and from several starts; with fewer points
    /// than parameters it is the last value.
    func final(_ curve: Curve) -> Double {
        let values = curve.points.map(\.valDSC)
        let last = values[values.count - 1]
        switch self {
        case .lastValue: return last
        case .bestSoFar: return values.max() ?? last
        case .pow3: return fitted(.power, curve) ?? last
        case .exp3: return fitted(.exponential, curve) ?? last
        case .mmf4: return fitted(.mmf, curve) ?? last
        }
    }

    private func fitted(_ family: EpochFamily, _ curve: Curve) -> Double? {
        guard curve.points.count >= family.fitter.lower.count else { return nil }
        // In units of the first point's epoch, so that the bounds mean the same for curves of any length.
        let unit = Double(curve.points[0].epoch)
        let fit = CurveFit(
            family, times: curve.points.map { Double($0.epoch) / unit }, values: curve.points.map(\.valDSC))
        return min(1, max(0, fit.value(time: curve.middleOfFinal / unit)))
    }
}
