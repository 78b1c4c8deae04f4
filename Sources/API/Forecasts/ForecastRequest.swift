import LearningCurves

/// What `POST /v1/forecasts` asks: a curve so far, from anywhere, and what is known of its run.
struct ForecastRequest: Sendable {
    static let epochs = 2...10_000

    var points: [CurvePoint]
    var context: RunContext

    /// Returns nil when something needed is missing or out of bounds; the reader then holds the violations.
    init?(_ fields: FieldReader) {
        fields.require("curve", "total_epochs")
        let total = fields.integer("total_epochs", in: Self.epochs)
        let points = fields.list("curve", count: 1...Self.epochs.upperBound) { items in Self.points(items) }
        let config = fields.object("config")
        let context = RunContext(
            totalEpochs: total ?? Self.epochs.upperBound, size: config.integer("size", in: 1...1_000_000_000),
            fraction: config.number("fraction", in: 0...1), layers: config.integer("depth", in: 1...32),
            dimensions: config.integer("dimensions", in: 2...3),
            parameterCount: config.integer("parameter_count", in: 1...1_000_000_000_000))
        config.rejectUnknown()
        guard let points, let total else { return nil }
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
                return nil
            }
            before = point.epoch
        }
        self.points = points
        self.context = context
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
                    let losses = -1e9...1e9
                    let train = fields.number("train_loss", in: losses)
                    let validation = fields.number("val_loss", in: losses)
                    guard let epoch = fields.integer("epoch", in: 1...Self.epochs.upperBound),
                        let dsc = fields.number("val_dsc", in: 0...1)
                    else { return nil }
                    return CurvePoint(epoch: epoch, valDSC: dsc, trainLoss: train, valLoss: validation)
                }
            }
        }
    }
}
