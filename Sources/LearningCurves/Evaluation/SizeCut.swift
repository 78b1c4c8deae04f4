/// How much of a study an estimate sees: the sizes up to a share of the largest.
public struct SizeCut: Sendable, Hashable {
    /// Of the largest size, 0…1.
    public let share: Double

    /// At 20, 40 and 60 %.
    public static let all = [0.2, 0.4, 0.6].map(SizeCut.init)
}
