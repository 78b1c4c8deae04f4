import ArgumentParser
import Foundation

/// `1,2,3`.
struct IntegerList: ExpressibleByArgument {
    var values: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count else { return nil }
    }
}

/// `0.1,0.5,1`; every number is finite.
struct NumberList: ExpressibleByArgument {
    var values: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        values = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count, values.allSatisfy(\.isFinite) else { return nil }
    }
}

/// `64x96`, `64,96`, or `64` for a square.
struct ImageSize: ExpressibleByArgument {
    var height: Int
    var width: Int

    init?(argument: String) {
        let parts = argument.split(omittingEmptySubsequences: false) { $0 == "," || $0 == "x" || $0 == "×" }
        let values = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count, (1...2).contains(values.count) else { return nil }
        height = values[0]
        width = values[values.count - 1]
    }
}
