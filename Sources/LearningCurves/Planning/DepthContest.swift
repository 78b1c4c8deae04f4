import Foundation

/// Which depth does best, as far as runs of the same size tell. Runs are compared pair by pair, as they are judged by the
/// same test cases: the error which these share does not blur it.
struct DepthContest {
    /// Standard deviation of one run's DSC around its expectation.
    let noise: Double
    private let means: [Int: [Int: (mean: Double, count: Int)]]
    /// Smaller sizes say little of which depth is best with all images: deeper networks need more of them.
    private let leastSize: Double

    /// What is assumed of the noise, and how many degrees of freedom that counts for against repeated seeds.
    private static let assumedNoise = (deviation: 0.015, degrees: 4.0)
    /// A depth is out when it is worse by so many standard errors.
    private static let certainty = 2.5

    /// - parameter leastSize: runs of fewer images are not compared.
    init(_ observations: [SizeObservation], leastSize: Double) {
        self.leastSize = leastSize
        var means: [Int: [Int: (mean: Double, count: Int)]] = [:]
        var squares = Self.assumedNoise.degrees * Self.assumedNoise.deviation * Self.assumedNoise.deviation
        var degrees = Self.assumedNoise.degrees
        for (layers, runs) in Dictionary(grouping: observations, by: { $0.layers ?? 0 }) {
            for (n, group) in Dictionary(grouping: runs, by: \.n) {
                let values = group.map(\.dsc).sorted()
                let middle = mean(values)
                means[layers, default: [:]][n] = (middle, values.count)
                squares += values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
                degrees += Double(values.count - 1)
            }
        }
        noise = (squares / degrees).squareRoot()
        self.means = means
    }

    /// By how many standard errors `a` does better than `b` at the sizes that both have; 0 where they share none.
    func lead(of a: Int, over b: Int) -> Double {
        guard let first = means[a], let second = means[b] else { return 0 }
        let shared = Set(first.keys).intersection(second.keys).filter { Double($0) >= leastSize }.sorted()
        var difference = 0.0
        var variance = 0.0
        for n in shared {
            guard let one = first[n], let other = second[n] else { continue }
            difference += one.mean - other.mean
            variance += noise * noise * (1 / Double(one.count) + 1 / Double(other.count))
        }
        return variance > 0 ? difference / variance.squareRoot() : 0
    }

    /// The depths that another beats for certain, rising.
    func beaten(_ depths: [Int]) -> [Int] {
        depths.filter { depth in depths.contains { lead(of: $0, over: depth) > Self.certainty } }.sorted()
    }

    /// How probable it is, against the one that looks best, that a depth is the best: 1 for that one and for one that
    /// cannot be compared with it.
    func chance(of depth: Int, against best: Int) -> Double {
        depth == best ? 1 : erfc(max(0, lead(of: best, over: depth)) / 2.0.squareRoot())
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
