public import LearningCurves

/// What `POST /v1/estimates` asks: the DSC reached at several training-set sizes, from anywhere, and a question.
public struct EstimateRequest: Sendable {
    static let pointCount = 1...10_000
    static let sizes = 1...100_000_000
    static let depths = 1...32

    public var points: [SizeObservation]
    public var query: EstimateQuery

    /// - Parameter query: the default asks for a plateau.
    public init(points: [SizeObservation], query: EstimateQuery = EstimateQuery()) {
        self.points = points
        self.query = query
    }

    /// Returns nil when something needed is missing or out of bounds; the reader then holds the violations.
    init?(_ fields: FieldReader) {
        fields.require("points")
        let points = fields.objects("points", count: Self.pointCount, Self.point)
        query = EstimateQuery(
            targetDSC: fields.number("target_dsc", in: Bounds.targetDSC),
            delta: fields.number("delta", in: Bounds.delta) ?? Self.plain.delta,
            confidence: fields.number("confidence", in: Bounds.confidence) ?? Self.plain.confidence,
            maxN: fields.integer("max_n", in: Self.sizes), atN: fields.integer("at_n", in: Self.sizes))
        guard let points else { return nil }
        self.points = points
    }

    /// What is asked where nothing is said.
    static let plain = EstimateQuery()

    /// Of a question, here, in the query of a sweep's estimate and in an adaptive sweep.
    enum Bounds {
        static let targetDSC = 0.001...0.999
        static let delta = 0.0001...0.5
        static let confidence = 0.5...0.99
    }

    private static func point(_ fields: FieldReader) -> SizeObservation? {
        fields.require("n", "dsc")
        let depth = fields.integer("depth", in: depths)
        let seed = fields.integer("seed", in: 0...2_147_483_647)
        let error = fields.number("sd", in: 0...1)
        guard let n = fields.integer("n", in: sizes), let dsc = fields.number("dsc", in: 0...1) else { return nil }
        return SizeObservation(n: n, dsc: dsc, layers: depth, seed: seed, standardError: error)
    }
}

extension EstimateRequest {
    /// Reads the body of a request that did not come over HTTP, such as a file.
    ///
    /// - throws: `Problem`, with each field that is wrong.
    public init(json bytes: [UInt8]) throws {
        guard let request = try JSONBody.read(bytes, { EstimateRequest($0) }) else {
            throw Problem(.invalidRequest, "The request is not complete.")
        }
        self = request
    }

    /// The answer for these points alone.
    public func answer() throws -> EstimateBody {
        let estimate = try SizeEstimator.estimate(points, query: query, seed: 0)
        return EstimateBody(estimate, sweepID: nil, circumstances: [])
    }
}
