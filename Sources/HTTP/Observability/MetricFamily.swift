/// Samples under one name, for Prometheus.
public struct MetricFamily: Sendable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public struct Sample: Sendable {
        /// Added to the family's name: `_bucket`, `_sum`, `_count` of a histogram.
        public var suffix: String
        public var labels: [(name: String, value: String)]
        public var value: Double

        public init(_ value: Double, labels: [(name: String, value: String)] = [], suffix: String = "") {
            self.value = value
            self.labels = labels
            self.suffix = suffix
        }
    }

    public var name: String
    /// One sentence.
    public var help: String
    public var kind: Kind
    public var samples: [Sample]

    /// - Parameter name: letters, digits and underscores; a counter's ends in `_total`, a unit's in the unit.
    public init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample]) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// Of one value.
    public init(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        self.init(name, kind, help, [Sample(value)])
    }
}

extension MetricFamily {
    /// Of one histogram without labels.
    ///
    /// - Parameters:
    ///   - bounds: upper bounds, rising.
    ///   - counts: of what lies between them, one more than bounds.
    public static func histogram(
        _ name: String, _ help: String, bounds: [Double], counts: [Int], sum: Double
    ) -> MetricFamily {
        MetricFamily(name, .histogram, help, samples(bounds: bounds, counts: counts, sum: sum, labels: []))
    }

    static func samples(
        bounds: [Double], counts: [Int], sum: Double, labels: [(name: String, value: String)]
    ) -> [Sample] {
        precondition(counts.count == bounds.count + 1)
        var samples: [Sample] = []
        var count = 0
        for (bound, more) in zip(bounds + [.infinity], counts) {
            count += more
            samples.append(Sample(Double(count), labels: labels + [("le", number(bound))], suffix: "_bucket"))
        }
        samples.append(Sample(sum, labels: labels, suffix: "_sum"))
        samples.append(Sample(Double(count), labels: labels, suffix: "_count"))
        return samples
    }

    /// The media type of `text(_:)`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Prometheus' text format 0.0.4.
    public static func text(_ families: [MetricFamily]) -> [UInt8] {
        var text = ""
        for family in families {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in family.samples {
                text += family.name + sample.suffix
                if !sample.labels.isEmpty {
                    let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
                    text += "{\(labels.joined(separator: ","))}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return Array(text.utf8)
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
