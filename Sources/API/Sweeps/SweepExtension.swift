import Storage

/// What a sweep is to have besides what it has, each field within its own bounds.
struct SweepExtension: Sendable {
    var amounts: SweepRequest.Amounts?
    var depths: [Int]
    var seeds: [Int]

    /// Reads `POST /v1/sweeps/{id}/extend`.
    init(_ fields: FieldReader) {
        let sizes = fields.integers("sizes", count: 1...64, in: 1...10_000_000)
        let fractions = fields.numbers("fractions", count: 1...64, in: Double.leastNonzeroMagnitude...1)
        depths = (fields.integers("depths", count: 1...6, in: 2...7) ?? []).sorted()
        seeds = (fields.integers("seeds", count: 1...32, in: 0...Int(Int32.max)) ?? []).sorted()
        amounts = sizes.map { .sizes($0.sorted()) } ?? fractions.map { .fractions($0.sorted()) }
        if fields.has("sizes"), fields.has("fractions") {
            fields.reject("fractions", "give either sizes or fractions, not both")
        }
        if !["sizes", "fractions", "depths", "seeds"].contains(where: fields.has) {
            fields.reject("sizes", "is required, or fractions, depths or seeds: something to add")
        }
    }
}

extension SweepSpecification {
    /// Lists of one sweep at most, as `POST /v1/sweeps` takes them.
    private static let sizeLimit = 64
    private static let seedLimit = 32

    /// The sweep with every new combination of what it had and what is added. The recipe stays what it is.
    ///
    /// - Throws: `Problem` naming what the data set or the bounds of a sweep do not allow.
    func extended(by more: SweepExtension, dataset: DatasetTraits) throws -> SweepSpecification {
        var wider = self
        let added = try more.amounts.map { try Self.sizes($0, dataset) } ?? []
        wider.sizes = Set(sizes + added).sorted()
        wider.fractions = wider.sizes.map { Double($0) / Double(dataset.pool) }
        wider.depths = Set(depths + more.depths).sorted()
        wider.seeds = Set(seeds + more.seeds).sorted()
        var violations: [Problem.FieldError] = []
        if wider.sizes.count > Self.sizeLimit {
            violations.append(
                .init(
                    pointer: "/sizes",
                    detail: "would make it \(wider.sizes.count) sizes; at most \(Self.sizeLimit) are allowed"))
        }
        if wider.seeds.count > Self.seedLimit {
            violations.append(
                .init(
                    pointer: "/seeds",
                    detail: "would make it \(wider.seeds.count) seeds; at most \(Self.seedLimit) are allowed"))
        }
        guard violations.isEmpty else { throw Problem.invalid(violations) }
        try Self.checkRunLimit(wider.sizes.count * wider.depths.count * wider.seeds.count)
        if let deepest = more.depths.last { try training.check(depth: deepest, isVolume: dataset.dimensions == 3) }
        return wider
    }
}
