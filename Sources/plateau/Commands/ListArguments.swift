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

/// `32x48x32`, `32,48,32`, or `32` for a cube.
struct PatchExtent: ExpressibleByArgument {
    /// Depth, height, width.
    var sides: [Int]

    init?(argument: String) {
        let parts = argument.split(omittingEmptySubsequences: false) { $0 == "," || $0 == "x" || $0 == "×" }
        let values = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard values.count == parts.count, values.count == 1 || values.count == 3 else { return nil }
        sides = values.count == 1 ? [values[0], values[0], values[0]] : values
    }
}

/// A word, or a JSON object; which words and fields there are, the server knows.
struct AugmentationArgument: ExpressibleByArgument {
    private let text: String

    init?(argument: String) {
        text = argument
        guard argument.hasPrefix("{") else { return }
        guard (try? JSONSerialization.jsonObject(with: Data(argument.utf8))) is [String: Any] else { return nil }
    }

    /// As it goes into the request.
    var value: Any { (try? JSONSerialization.jsonObject(with: Data(text.utf8))) ?? text }
}
