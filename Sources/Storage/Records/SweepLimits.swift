public import Foundation

/// Where a sweep is cancelled, finished or not.
public struct SweepLimits: Sendable, Hashable {
    /// Nil for none.
    public var deadline: Date?
    /// What its runs may take together; nil for any amount.
    public var cpuHours: Double?

    public static let cpuHoursRange = 0.001...1_000_000.0

    public init(deadline: Date? = nil, cpuHours: Double? = nil) {
        self.deadline = deadline
        self.cpuHours = cpuHours
    }
}
