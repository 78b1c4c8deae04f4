import Foundation

/// Which depth does best, as far as runs of the same size tell. Runs are compared pair by pair, as they are judged by the
/// same test cases: the error which these share does not blur it.
struct DepthContest {
    /// Standard deviation of one run's DSC around its expectation.
    let noise: Double
    private let means: [Int: [Int: (mean: Double, count: Int)]]
    /// Smaller sizes say little of which depth is best with all images: deeper networks need more of them.
    private let leastSize: Double

    /// How many degrees of freedom the noise that an estimate would assume counts for, against what the runs show.
    private static let assumedDegrees = 2.0
    /// A depth is out when it is worse by so many standard errors.
    private static let certainty = 2.5

    /// - parameter leastSize: runs of fewer images are not compared.
    init(_ observations: [SizeObservation], leastSize: Double) {
        self.leastSize = leastSize
        var means: [Int: [Int: (mean: Double, count: Int)]] = [:]
        var squares = Self.assumedDegrees * DepthEvidence.assumedVariance(observations)
        var degrees = Self.assumedDegrees
        for (layers, runs) in Dictionary(grouping: observations, by: { $0.layers ?? 0 }) {
            for (n, group) in Dictionary(grouping: runs, by: \.n) {
                let values = group.map(\.dsc).sorted()
                let middle = mean(values)
                means[layers, default: [:]][n] = (middle, values.count)
                squares += values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
                degrees += Double(values.count - 1)
            }
        }
        // Seeds repeated tell it; and how far the lead of one depth over the next differs from size to size.
        let depths = means.keys.sorted()
        for (a, b) in zip(depths, depths.dropFirst()) {
            let shared = Self.shared(means[a] ?? [:], means[b] ?? [:], leastSize)
            let leads = shared.map { $0.first.mean - $0.second.mean }
            let middle = mean(leads)
            for (pair, lead) in zip(shared, leads) {
                squares +=
                    (lead - middle) * (lead - middle) / (1 / Double(pair.first.count) + 1 / Double(pair.second.count))
            }
            degrees += Double(max(0, leads.count - 1))
        }
        noise = (squares / degrees).squareRoot()
        self.means = means
    }

    /// By how many standard errors `a` does better than `b` at the sizes that both have; 0 where they share none.
    func lead(of a: Int, over b: Int) -> Double {
        guard let first = means[a], let second = means[b] else { return 0 }
        var difference = 0.0
        var variance = 0.0
        for (one, other) in Self.shared(first, second, leastSize) {
            difference += one.mean - other.mean
            variance += noise * noise * (1 / Double(one.count) + 1 / Double(other.count))
        }
        return variance > 0 ? difference / variance.squareRoot() : 0
    }

    /// What two depths have at the sizes that are compared, rising.
    private static func shared(
        _ first: [Int: (mean: Double, count: Int)], _ second: [Int: (mean: Double, count: Int)], _ leastSize: Double
    ) -> [(first: (mean: Double, count: Int), second: (mean: Double, count: Int))] {
        first.keys.filter { Double($0) >= leastSize }.sorted().compactMap { n in
            guard let one = first[n], let other = second[n] else { return nil }
            return (one, other)
        }
    }

    /// The depths that another beats for certain, rising.
    func beaten(_ depths: [Int]) -> [Int] {
        depths.filter { depth in depths.contains { lead(of: $0, over: depth) > Self.certainty } }.sorted()
    }

    /// How many times as probable it is that a depth is better than the one that looks best, than that it is not: 1 for that
    /// one, and for one that cannot be compared with it.
    func odds(of depth: Int, against best: Int) -> Double {
        let doubt = erfc(max(0, lead(of: best, over: depth)) / 2.0.squareRoot()) / 2
        return depth == best ? 1 : doubt / (1 - doubt)
    }

    /// The depth that looks best.
    func best(_ depths: [Int]) -> Int? {
        depths.sorted().max { left, right in
            let (a, b) = (wins(left, depths), wins(right, depths))
            return a != b ? a < b : left > right
        }
    }

    private func wins(_ depth: Int, _ depths: [Int]) -> Double {
        depths.reduce(0) { $0 + (lead(of: depth, over: $1) > 0 ? 1 : lead(of: depth, over: $1) < 0 ? -1 : 0) }
    }
}
