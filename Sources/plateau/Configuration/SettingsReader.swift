import ArgumentParser

/// Reads each setting from the first place that has it, checks it, and remembers where it came from.
final class SettingsReader {
    /// A setting as it holds.
    struct Line: Equatable {
        var key: String
        var value: String
        /// `default`, or where it was found.
        var origin: String
    }

    private let sources: [SettingSource]
    private(set) var lines: [Line] = []

    /// - Parameter sources: those that win first.
    init(_ sources: [SettingSource]) {
        self.sources = sources
    }

    func text(_ key: String, default fallback: String?) -> String? {
        let (found, origin) = find(key)
        let value = found?.first ?? fallback
        note(key, value ?? "", origin)
        return value
    }

    func list(_ key: String, default fallback: [String]) -> [String] {
        let (found, origin) = find(key)
        let value = found ?? fallback
        note(key, value.joined(separator: ", "), origin)
        return value
    }

    func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        try number(key, default: fallback, in: range) { Int($0) }
    }

    func number(_ key: String, default fallback: Double, in range: ClosedRange<Double>) throws -> Double {
        try number(key, default: fallback, in: range) { Double($0) }
    }

    func flag(_ key: String) throws -> Bool {
        let (found, origin) = find(key)
        let value: Bool
        switch found?.first?.lowercased() {
        case nil, "0", "false", "": value = false
        case "1", "true": value = true
        case let other?:
            throw ValidationError("\(name(key)) must be true or false; got \(other)")
        }
        note(key, "\(value)", origin)
        return value
    }

    /// How people find the value that holds again, for a complaint about it: `--workers`, `PLATEAU_WORKERS`, …
    func name(_ key: String) -> String {
        let setting = setting(key)
        let source = sources.first { $0.values[key] != nil }
        return source.map { $0.name(setting) } ?? setting.flag
    }

    private func number<Number: Comparable>(
        _ key: String, default fallback: Number, in range: ClosedRange<Number>, _ parse: (String) -> Number?
    ) throws -> Number {
        let (found, origin) = find(key)
        guard let text = found?.first else {
            note(key, "\(fallback)", origin)
            return fallback
        }
        guard let number = parse(text), range.contains(number) else {
            throw ValidationError(
                "\(name(key)) must be a number from \(range.lowerBound) to \(range.upperBound); got \(text)")
        }
        note(key, text, origin)
        return number
    }

    private func find(_ key: String) -> (values: [String]?, origin: String) {
        let setting = setting(key)
        guard let source = sources.first(where: { $0.values[key] != nil }) else { return (nil, "default") }
        return (source.values[key], source.name(setting))
    }

    private func note(_ key: String, _ value: String, _ origin: String) {
        lines.append(Line(key: key, value: value, origin: origin))
    }

    private func setting(_ key: String) -> Setting {
        guard let setting = Setting.byKey[key] else { preconditionFailure("there is no setting \(key)") }
        return setting
    }
}
