/// Reads query parameters with their bounds, collecting every violation; an unknown or repeated one is a violation.
final class QueryReader {
    private let items: [(name: String, value: String)]
    private let violations = FieldReader.Violations()
    private var known: [String] = []

    init(_ items: [(name: String, value: String)]) {
        self.items = items
    }

    func text(_ name: String, length: ClosedRange<Int>) -> String? {
        guard let value = take(name) else { return nil }
        guard length.contains(value.utf8.count) else {
            reject(name, "must be \(length.lowerBound) to \(length.upperBound) bytes of text")
            return nil
        }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(name) else { return nil }
        guard let number = Int(value), range.contains(number) else {
            reject(
                name, "must be an integer from \(range.lowerBound) to \(range.upperBound); got \"\(value.prefix(40))\"")
            return nil
        }
        return number
    }

    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = Double(value), range.contains(number) else {
            reject(
                name, "must be a number from \(range.lowerBound) to \(range.upperBound); got \"\(value.prefix(40))\"")
            return nil
        }
        return number
    }

    func choice(_ name: String, of words: [String]) -> String? {
        guard let value = take(name) else { return nil }
        guard words.contains(value) else {
            reject(name, "must be one of \(words.joined(separator: ", ")); got \"\(value.prefix(40))\"")
            return nil
        }
        return value
    }

    /// Call once every parameter was asked for.
    func finish() throws {
        for name in items.isEmpty ? [] : Set(items.map(\.name)).sorted() where !known.contains(name) {
            let allowed = known.isEmpty ? "none" : known.sorted().joined(separator: ", ")
            reject(String(name.prefix(64)), "is not a parameter here; the parameters are: \(allowed)")
        }
        try violations.throwIfAny()
    }

    private func reject(_ name: String, _ detail: String) {
        violations.add("?\(name)", detail)
    }

    private func take(_ name: String) -> String? {
        known.append(name)
        let values = items.filter { $0.name == name }
        if values.count > 1 { reject(name, "is given \(values.count) times; give it once") }
        return values.first?.value
    }
}
