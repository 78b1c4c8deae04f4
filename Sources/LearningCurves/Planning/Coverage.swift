import Foundation

/// Which sizes each depth must have a run of before anything can be weighed.
struct Coverage {
    /// Depth and size of the runs that have ended or are under way.
    private let taken: [Int: Set<Int>]
    private let middle: Double
    private let smallest: Int
    private let largest: Int

    init(taken: [(layers: Int, n: Int)], middle: Double, smallest: Int, largest: Int) {
        self.taken = Dictionary(grouping: taken, by: \.layers).mapValues { Set($0.map(\.n)) }
        self.middle = middle
        self.smallest = smallest
        self.largest = largest
    }

    /// The next of the runs that compare depths: one of each at the same size, the cheapest of the upper half, or the
    /// largest of equally cheap ones.
    ///
    /// - parameter cells: cheapest first.
    func probe(_ depths: [Int], _ cells: [SweepCell]) -> SweepCell? {
        let lacking = depths.filter { depth in !(taken[depth] ?? []).contains { Double($0) >= middle } }
        return cells.first { lacking.contains($0.layers) && Double($0.n) >= middle && $0.n == probeSize(cells) }
    }

    private func probeSize(_ cells: [SweepCell]) -> Int? {
        // What some depth has is what the others are compared at.
        let known = taken.values.flatMap { $0.filter { Double($0) >= middle } }
        if let most = Set(known).max(by: { a, b in
            (known.count { $0 == a }, a) < (known.count { $0 == b }, b)
        }) {
            return most
        }
        return cells.first { Double($0.n) >= middle }?.n
    }

    /// A run of a size without which a depth has no estimate: its largest, smallest and middle one.
    func missing(_ layers: Int, _ cells: [SweepCell]) -> SweepCell? {
        let own = cells.filter { $0.layers == layers }
        let sizes = Set(own.map(\.n)).union(taken[layers] ?? [])
        guard let first = sizes.min(), let last = sizes.max() else { return nil }
        let inner = sizes.subtracting([first, last]).min {
            (abs(log(Double($0) / middle)), $0) < (abs(log(Double($1) / middle)), $1)
        }
        let wanted = Set([first, last] + (inner.map { [$0] } ?? [])).subtracting(taken[layers] ?? [])
        return own.first { wanted.contains($0.n) }
    }
}
