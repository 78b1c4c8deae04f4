import Foundation

/// A sweep as it is stored: what was asked for, resolved against its data set, every default filled in.
struct SweepSpecification: Codable, Sendable, Hashable {
    /// One run of the sweep.
    struct Cell: Sendable, Hashable {
        var size: Int
        var fraction: Double
        var depth: Int
        var seed: Int
        var stepsPerEpoch: Int
    }

    static let runLimit = 1000

    /// Ascending.
    var sizes: [Int]
    /// Each size as a share of the train pool.
    var fractions: [Double]
    var depths: [Int]
    var seeds: [Int]
    var strategy = SweepStrategy.full
    /// How wide the 90 % interval of a run's forecast may be for it to be stopped; nil where every epoch is trained.
    var tolerance: Double?
    /// Nil unless the strategy is adaptive.
    var adaptive: AdaptiveGoal?
    var training: TrainingBody

    /// - Throws: `Problem` naming each size that the data set's train pool cannot give, or each field of the recipe that
    ///   the data set does not allow.
    init(_ request: SweepRequest, dataset: DatasetTraits) throws {
        let pool = dataset.pool
        sizes = try Self.sizes(request.amounts, dataset)
        try Self.checkRunLimit(sizes.count * request.depths.count * request.seeds.count)
        fractions = sizes.map { Double($0) / Double(pool) }
        depths = request.depths
        seeds = request.seeds
        strategy = request.strategy
        adaptive = request.adaptive
        tolerance = request.tolerance ?? EarlyStopRule.defaultTolerance(strategy)
        training = try TrainingBody(
            request.training, for: dataset, deepest: depths.last ?? 2, largest: sizes.last ?? 1)
    }

    /// Numbers of training images, ascending.
    static func sizes(_ amounts: SweepRequest.Amounts, _ dataset: DatasetTraits) throws -> [Int] {
        let pool = dataset.pool
        var sizes: [Int]
        var violations: [Problem.FieldError] = []
        switch amounts {
        case .sizes(let asked):
            sizes = asked
            for size in asked where size > pool {
                violations.append(
                    .init(
                        pointer: "/sizes",
                        detail: "must be from 1 to \(pool), the train pool of \(dataset.name); got \(size)"))
            }
        case .fractions(let asked):
            sizes = asked.map { max(1, Int(($0 * Double(pool)).rounded())) }
            for (index, pair) in zip(sizes, sizes.dropFirst()).enumerated() where pair.0 == pair.1 {
                violations.append(
                    .init(
                        pointer: "/fractions",
                        detail:
                            "\(asked[index]) and \(asked[index + 1]) both give \(pair.0) of \(pool) images; drop one"))
            }
        }
        guard violations.isEmpty else { throw Problem.invalid(violations) }
        return sizes
    }

    static func checkRunLimit(_ runs: Int) throws {
        guard runs > runLimit else { return }
        throw Problem.invalid("", "asks for \(runs) runs (sizes × depths × seeds); at most \(runLimit) are allowed")
    }

    /// - Parameter json: as it is stored.
    init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    /// As it is stored.
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    /// Every run, a whole seed at a time so that the first complete picture comes early; small sizes first within.
    var cells: [Cell] {
        seeds.flatMap { seed in
            zip(sizes, fractions).flatMap { size, fraction in
                depths.map { depth in
                    Cell(
                        size: size, fraction: fraction, depth: depth, seed: seed,
                        stepsPerEpoch: training.stepsPerEpoch ?? TrainingBody.stepsPerPass(size, training.batchSize))
                }
            }
        }
    }
}

extension SweepSpecification {
    /// What was stored before there were strategies is a full sweep.
    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        sizes = try fields.decode([Int].self, forKey: .sizes)
        fractions = try fields.decode([Double].self, forKey: .fractions)
        depths = try fields.decode([Int].self, forKey: .depths)
        seeds = try fields.decode([Int].self, forKey: .seeds)
        strategy = try fields.decodeIfPresent(SweepStrategy.self, forKey: .strategy) ?? .full
        tolerance = try fields.decodeIfPresent(Double.self, forKey: .tolerance)
        adaptive = try fields.decodeIfPresent(AdaptiveGoal.self, forKey: .adaptive)
        training = try fields.decode(TrainingBody.self, forKey: .training)
    }
}
