/// How much of a curve a forecast sees.
public struct ForecastCut: Sendable, Hashable {
    /// Of the curve's points, 0…1.
    public let share: Double

    /// At 5, 10, 20, 40 and 60 %.
    public static let all = [0.05, 0.1, 0.2, 0.4, 0.6].map(ForecastCut.init)

    /// What a forecast is given at the least: short curves are cut later than their share says.
    static let minimumPoints = 3

    /// At least ``minimumPoints``, and never the whole curve.
    func points(of count: Int) -> Int {
        min(max(Self.minimumPoints, Int(share * Double(count) + 1e-9)), count - 1)
    }
}
