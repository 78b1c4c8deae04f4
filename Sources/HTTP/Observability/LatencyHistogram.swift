/// How long requests took, counted by upper bounds.
struct LatencyHistogram: Sendable {
    /// In seconds; a long poll may take half a minute.
    static let bounds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    private static let nanoseconds = bounds.map { UInt64($0 * 1e9) }

    /// One more than bounds: the last has none.
    private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    private(set) var sumNanoseconds: UInt64 = 0

    var total: Int { counts.reduce(0, +) }
    var sumSeconds: Double { Double(sumNanoseconds) / 1e9 }

    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.nanoseconds.firstIndex { nanoseconds <= $0 } ?? Self.bounds.count] += 1
        sumNanoseconds += nanoseconds
    }

    static func += (left: inout LatencyHistogram, right: LatencyHistogram) {
        for index in left.counts.indices { left.counts[index] += right.counts[index] }
        left.sumNanoseconds += right.sumNanoseconds
    }
}
