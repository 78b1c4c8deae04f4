/// How long things took, counted by upper bounds.
public struct TimeHistogram: Sendable, Hashable {
    /// In seconds.
    public static let bounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5]

    /// One more than bounds: the last has none.
    public private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    public private(set) var sumSeconds = 0.0

    public init() {}

    public mutating func record(_ duration: Duration) {
        let seconds = duration / .seconds(1)
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sumSeconds += seconds
    }
}
