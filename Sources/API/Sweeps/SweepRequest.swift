import Foundation
import Storage

/// What a submission asks for, each field within its own bounds; nothing is known yet of the data set it names.
struct SweepRequest: Sendable {
    enum Amounts: Sendable {
        case sizes([Int])
        case fractions([Double])

        static let limit = 64

        /// Reads `sizes` or `fractions`; nil where neither is there, or what is there is out of bounds.
        init?(_ fields: FieldReader) {
            let sizes = fields.integers("sizes", count: 1...Self.limit, in: 1...10_000_000)
            let fractions = fields.numbers("fractions", count: 1...Self.limit, in: Double.leastNonzeroMagnitude...1)
            if fields.has("sizes"), fields.has("fractions") {
                fields.reject("fractions", "give either sizes or fractions, not both")
            }
            if let sizes {
                self = .sizes(sizes.sorted())
            } else if let fractions {
                self = .fractions(fractions.sorted())
            } else {
                return nil
            }
        }
    }

    static let seedLimit = 32

    static func depths(_ fields: FieldReader) -> [Int]? {
        fields.integers("depths", count: 1...6, in: 2...7)?.sorted()
    }

    static func seeds(_ fields: FieldReader) -> [Int]? {
        fields.integers("seeds", count: 1...seedLimit, in: 0...Int(Int32.max))?.sorted()
    }

    static func deadline(_ fields: FieldReader) -> Date? {
        guard let text = fields.string("deadline", length: 20...30) else { return nil }
        if let date = Timestamp.date(text) { return date }
        fields.reject("deadline", "must be a time such as 2030-01-31T18:00:00.000Z; got \"\(text)\"")
        return nil
    }

    var dataset: String
    var name: String?
    var amounts: Amounts
    var depths: [Int]
    var seeds: [Int]
    var priority: Int
    var retry: RetryPolicy
    var limits: SweepLimits
    var strategy: SweepStrategy
    /// Nil for what goes with the strategy.
    var tolerance: Double?
    /// Nil unless the strategy is adaptive.
    var adaptive: AdaptiveGoal?
    var training: TrainingRequest

    /// Reads `POST /v1/sweeps`. Returns nil when something needed is missing or out of bounds; the reader then holds
    /// the violations.
    init?(_ fields: FieldReader) {
        fields.require("dataset", "depths")
        let dataset = fields.string("dataset", length: 1...64)
        name = fields.string("name", length: 1...200)
        let amounts = Amounts(fields)
        if !fields.has("sizes"), !fields.has("fractions") {
            fields.reject("sizes", "is required: a list of numbers of training images (or fractions)")
        }
        let depths = Self.depths(fields)
        seeds = Self.seeds(fields) ?? [0]
        priority = fields.integer("priority", in: SweepRecord.priorities) ?? 0
        let policy = fields.object("retry")
        retry = RetryPolicy()
        if let count = policy.integer("max_failures", in: RetryPolicy.maxFailuresRange) { retry.maxFailures = count }
        if let pause = policy.number("backoff_seconds", in: RetryPolicy.backoffSecondsRange) {
            retry.backoffSeconds = pause
        }
        policy.rejectUnknown()
        limits = SweepLimits(
            deadline: Self.deadline(fields), cpuHours: fields.number("cpu_hours", in: SweepLimits.cpuHoursRange))
        strategy = fields.choice("strategy", of: SweepStrategy.self) ?? .full
        tolerance = fields.number("tolerance", in: EarlyStopRule.tolerances)
        if tolerance != nil, strategy == .full {
            fields.reject(
                "tolerance", "goes with \"strategy\": \"early_stop\" or \"adaptive\"; \"full\" trains every epoch")
        }
        let goal = AdaptiveGoal(fields)
        adaptive = strategy == .adaptive ? goal : nil
        for name in ["query", "precision", "max_steps"] where strategy != .adaptive && fields.has(name) {
            fields.reject(name, "goes with \"strategy\": \"adaptive\"")
        }
        let recipe = fields.object("training")
        training = TrainingRequest(recipe)
        recipe.rejectUnknown()

        guard let dataset, let amounts, let depths else { return nil }
        self.dataset = dataset
        self.amounts = amounts
        self.depths = depths
    }
}
