import LearningCurves
import Storage

/// What `POST /v1/curves` asks to keep: the whole curve of a run that was trained elsewhere.
struct CurveImport: Sendable {
    /// Points of a curve.
    static let epochs = 3...10_000

    var name: String
    var finished: FinishedCurve

    /// Reads a JSON body. Returns nil when something needed is missing or out of bounds; the reader then holds the
    /// violations.
    init?(_ fields: FieldReader) {
        fields.require("name", "curve")
        let name = fields.string("name", length: 1...200)
        let points = ForecastRequest.points(fields, count: Self.epochs)
        let config = ForecastRequest.config(fields)
        guard let name, let points, let last = points.last, ForecastRequest.rise(points, fields) else { return nil }
        self.name = name
        finished = FinishedCurve(context: config(last.epoch), points: points)
    }

    /// Reads a CSV body; what is known of the run is in the query.
    ///
    /// - Throws: `Problem` naming the line, or the parameter.
    init(csv text: String, _ query: QueryReader) throws {
        let name = query.text("name", length: 1...200)
        var context = RunContext(
            totalEpochs: 1, size: query.integer("size", in: ForecastRequest.Bounds.size),
            fraction: query.number("fraction", in: ForecastRequest.Bounds.fraction),
            layers: query.integer("depth", in: ForecastRequest.Bounds.depth),
            dimensions: query.integer("dimensions", in: ForecastRequest.Bounds.dimensions),
            parameterCount: query.integer("parameter_count", in: ForecastRequest.Bounds.parameterCount))
        try query.finish()
        guard let name else { throw Problem.invalid("?name", "is required: a name to show") }
        let points: [CurvePoint]
        do {
            points = try CurveTable(text).points
        } catch let failure as CurveTable.Failure {
            throw Problem.invalid("", "the CSV \(failure.problem)")
        }
        if let problem = Self.problem(points) { throw Problem.invalid("", "the CSV \(problem)") }
        context.totalEpochs = points.last?.epoch ?? 0
        self.name = name
        finished = FinishedCurve(context: context, points: points)
    }

    /// What keeps points from being a whole curve; nil where nothing does.
    private static func problem(_ points: [CurvePoint]) -> String? {
        guard epochs.contains(points.count), let last = points.last else {
            return "has \(points.count) points; a curve has from \(epochs.lowerBound) to \(epochs.upperBound)"
        }
        for (before, point) in zip(points, points.dropFirst()) where point.epoch <= before.epoch {
            return "has epoch \(point.epoch) behind epoch \(before.epoch); epochs must rise"
        }
        guard last.epoch <= epochs.upperBound else {
            return "goes to epoch \(last.epoch); at most \(epochs.upperBound) are allowed"
        }
        let losses = points.flatMap { [$0.trainLoss, $0.valLoss].compactMap(\.self) }
        guard let wild = losses.first(where: { !ForecastRequest.Bounds.losses.contains($0) }) else { return nil }
        return "has the loss \(wild); losses must be from -1e9 to 1e9"
    }
}
