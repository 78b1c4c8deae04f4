import Storage

/// What a sweep is to have besides what it has, each field within its own bounds.
struct SweepExtension: Sendable {
    var amounts: SweepRequest.Amounts?
    var depths: [Int]
    var seeds: [Int]
    /// Optimizer steps that the runs of an adaptive sweep may take together.
    var maxSteps: Int?

    /// Reads `POST /v1/sweeps/{id}/extend`.
    init(_ fields: FieldReader) {
        amounts = SweepRequest.Amounts(fields)
        depths = SweepRequest.depths(fields) ?? []
        seeds = SweepRequest.seeds(fields) ?? []
        maxSteps = fields.integer("max_steps", in: AdaptiveGoal.steps)
        if !["sizes", "fractions", "depths", "seeds", "max_steps"].contains(where: fields.has) {
            fields.reject("sizes", "is required, or fractions, depths, seeds or max_steps: something to add")
        }
    }
}

extension SweepSpecification {
    /// The sweep with every new combination of what it had and what is added, or more steps for an adaptive one. The recipe
    /// stays what it is.
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
        if wider.sizes.count > SweepRequest.Amounts.limit {
            violations.append(
                .init(
                    pointer: "/sizes",
                    detail:
                        "would make it \(wider.sizes.count) sizes; at most \(SweepRequest.Amounts.limit) are allowed"))
        }
        if wider.seeds.count > SweepRequest.seedLimit {
            violations.append(
                .init(
                    pointer: "/seeds",
                    detail: "would make it \(wider.seeds.count) seeds; at most \(SweepRequest.seedLimit) are allowed"))
        }
        if let maxSteps = more.maxSteps {
            if let before = self.maxSteps {
                if maxSteps < before {
                    violations.append(
                        .init(pointer: "/max_steps", detail: "must be at least \(before), what the sweep may take now"))
                }
            } else {
                violations.append(
                    .init(pointer: "/max_steps", detail: "is for adaptive sweeps; this one trains all of its runs"))
            }
            wider.adaptive?.maxSteps = maxSteps
        }
        guard violations.isEmpty else { throw Problem.invalid(violations) }
        try Self.checkRunLimit(wider.sizes.count * wider.depths.count * wider.seeds.count)
        if let deepest = more.depths.last { try training.check(depth: deepest, isVolume: dataset.dimensions == 3) }
        return wider
    }
}
