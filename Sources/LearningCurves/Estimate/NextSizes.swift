import Foundation

/// Which sizes would tell more, given those measured and how many images there are or can be.
struct NextSizes {
    /// Rising.
    let measured: [Int]
    let query: EstimateQuery

    /// The most images there are or can be.
    private var limit: Int? { query.maxN ?? query.poolSize }
    private var largest: Int { measured.last ?? 0 }

    /// There are more images than were trained on.
    var areAtHand: Bool { limit.map { $0 > largest } ?? false }

    /// Beyond the largest measured; empty where no more images are possible.
    var larger: [Int] {
        guard largest > 0 else { return [] }
        if let limit, limit > largest {
            let sizes = [largest * 2, limit].filter { $0 <= limit }.map { $0 == limit ? limit : Self.rounded($0) }
            return Set(sizes).sorted()
        }
        // Images of the pool can be added to; only `maxN` is a bound for good.
        if query.maxN != nil { return [] }
        let middle = max(Self.rounded(Int(Double(largest) * 2.0.squareRoot())), largest + 1)
        return [middle, max(Self.rounded(2 * largest), middle + 1)]
    }

    /// The largest sizes again, with other seeds.
    var repeated: [Int] { Array(measured.suffix(3)) }

    /// Sizes that would make up for too few: larger ones while there are images, else smaller ones.
    var missing: [Int] {
        guard largest > 0 else { return [] }
        if let limit, limit <= largest {
            let smaller = Set((1...4).map { max(1, Self.rounded(largest >> $0)) }).subtracting(measured)
            if !smaller.isEmpty { return Array(smaller.sorted().suffix(2)) }
        }
        return larger
    }

    /// To two significant digits.
    static func rounded(_ n: Int) -> Int {
        guard n >= 100 else { return n }
        let unit = pow(10, Double(Int(log10(Double(n)))) - 1)
        return Int((Double(n) / unit).rounded() * unit)
    }
}
