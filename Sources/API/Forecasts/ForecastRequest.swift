import LearningCurves

/// What `POST /v1/forecasts` asks: a curve so far, from anywhere, and what is known of its run.
struct ForecastRequest: Sendable {
    static let epochs = 2...10_000

    var points: [CurvePoint]
    var context: RunContext

    /// Of what is known of a run.
    enum Bounds {
        static let size = 1...1_000_000_000
        static let fraction = 0.0...1.0
        static let depth = 1...32
        static let dimensions = 2...3
        static let parameterCount = 1...1_000_000_000_000
        static let losses = -1e9...1e9
    }

    /// Returns nil when something needed is missing or out of bounds; the reader then holds the violations.
    init?(_ fields: FieldReader) {
        fields.require("curve", "total_epochs")
        let total = fields.integer("total_epochs", in: Self.epochs)
        let points = Self.points(fields, count: 1...Self.epochs.upperBound)
        let context = Self.config(fields)
        guard let points, let total, Self.rise(points, fields, to: total) else { return nil }
        self.points = points
        self.context = context(total)
    }

    /// Reads `curve`.
    static func points(_ fields: FieldReader, count: ClosedRange<Int>) -> [CurvePoint]? {
        fields.list("curve", count: count) { items in points(items) }
    }

    /// Reads `config`; what comes of it wants to know how many epochs the run has.
    static func config(_ fields: FieldReader) -> (Int) -> RunContext {
        let config = fields.object("config")
        let context = RunContext(
            totalEpochs: epochs.upperBound, size: config.integer("size", in: Bounds.size),
            fraction: config.number("fraction", in: Bounds.fraction), layers: config.integer("depth", in: Bounds.depth),
            dimensions: config.integer("dimensions", in: Bounds.dimensions),
            parameterCount: config.integer("parameter_count", in: Bounds.parameterCount))
        config.rejectUnknown()
        return { total in
            var context = context
            context.totalEpochs = total
            return context
        }
    }

    /// Whether each point's epoch is behind that of the one before it; notes the violation where it is not.
    static func rise(_ points: [CurvePoint], _ fields: FieldReader, to total: Int = epochs.upperBound) -> Bool {
        var before = 0
        for (index, point) in points.enumerated() {
            let problem: String? =
                if point.epoch > total {
                    "is for epoch \(point.epoch), but total_epochs is \(total)"
                } else if point.epoch <= before {
                    "is for epoch \(point.epoch), which must be greater than the epoch before it, \(before)"
                } else {
                    nil
                }
            if let problem {
                fields.reject("curve/\(index)", problem)
                return false
            }
            before = point.epoch
        }
        return true
    }

    /// Numbers, the DSC after each epoch from the first on, or objects that say which epoch they are for.
    private static func points(_ items: FieldReader.Items) -> [CurvePoint]? {
        items.read { item, index in
            switch item {
            case .integer, .number:
                guard let dsc = items.number(item, index, in: 0...1) else { return nil }
                return CurvePoint(epoch: index + 1, valDSC: dsc)
            default:
                return items.object(item, index, "a DSC from 0 to 1, or an object with epoch and val_dsc") { fields in
                    fields.require("epoch", "val_dsc")
                    let train = fields.number("train_loss", in: Bounds.losses)
                    let validation = fields.number("val_loss", in: Bounds.losses)
                    guard let epoch = fields.integer("epoch", in: 1...Self.epochs.upperBound),
                        let dsc = fields.number("val_dsc", in: 0...1)
                    else { return nil }
                    return CurvePoint(epoch: epoch, valDSC: dsc, trainLoss: train, valLoss: validation)
                }
            }
        }
    }
}
