/// Which bytes a `Range` header asks for (RFC 9110 §14).
///
/// Of several ranges, those that overlap or touch become one; where more than one is left the whole is sent, as §14.2
/// allows, and so it is for what cannot be read.
enum RequestedRange: Equatable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// More than this many are no honest need.
    private static let limit = 16

    /// - Parameter size: bytes of the representation.
    init(_ header: String, size: Int) {
        guard let ranges = Self.ranges(header), ranges.count <= Self.limit else {
            self = .whole
            return
        }
        let satisfiable = ranges.compactMap { $0.within(size) }.sorted { $0.lowerBound < $1.lowerBound }
        guard var merged = satisfiable.first else {
            self = .unsatisfiable
            return
        }
        for range in satisfiable.dropFirst() {
            guard range.lowerBound <= merged.upperBound else {
                self = .whole
                return
            }
            merged = merged.lowerBound..<max(merged.upperBound, range.upperBound)
        }
        // An empty representation has no part that could be named.
        self = merged.isEmpty ? .whole : .part(merged)
    }

    private enum Specifier {
        case from(Int, through: Int)
        case last(Int)

        func within(_ size: Int) -> Range<Int>? {
            switch self {
            case .from(let first, let last): first < size ? first..<(min(last, size - 1) + 1) : nil
            case .last(let count): count > 0 ? max(0, size - count)..<size : nil
            }
        }
    }

    private static func ranges(_ header: String) -> [Specifier]? {
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, Characters.lowercased(halves[0].utf8) == "bytes" else { return nil }
        var specifiers: [Specifier] = []
        for part in halves[1].utf8.split(separator: UInt8(ascii: ",")) {
            let text = Characters.trim(Array(part)[...])
            if text.isEmpty { continue }
            guard let specifier = specifier(text) else { return nil }
            specifiers.append(specifier)
        }
        return specifiers.isEmpty ? nil : specifiers
    }

    private static func specifier(_ text: ArraySlice<UInt8>) -> Specifier? {
        let ends = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy(CharacterClass.digit.contains) }) else { return nil }
        // What is beyond any number is beyond every file's end.
        let numbers = ends.map { end in end.isEmpty ? nil : Int(String(decoding: end, as: UTF8.self)) ?? .max }
        switch (numbers[0], numbers[1]) {
        case (let first?, let last?): return first <= last ? .from(first, through: last) : nil
        case (let first?, nil): return .from(first, through: .max)
        case (nil, let count?): return .last(count)
        case (nil, nil): return nil
        }
    }
}
