public import Foundation

/// What is to change of a sweep that is under way.
public struct SweepChange: Sendable, Hashable {
    /// In `SweepRecord.priorities`; nil for as it is.
    public var priority: Int?
    public var deadline: Adjustment<Date>
    /// In `SweepLimits.cpuHoursRange`.
    public var cpuHours: Adjustment<Double>

    public init(
        priority: Int? = nil, deadline: Adjustment<Date> = .kept, cpuHours: Adjustment<Double> = .kept
    ) {
        self.priority = priority
        self.deadline = deadline
        self.cpuHours = cpuHours
    }
}
