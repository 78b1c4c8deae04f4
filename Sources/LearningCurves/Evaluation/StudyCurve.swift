/// The whole curve of a run trained elsewhere, to judge forecasts by.
public struct StudyCurve: Sendable {
    /// Of the file it came from.
    public let name: String
    /// What it was trained on: curves of one task are never on both sides of a split.
    public let task: String
    public let context: RunContext
    /// Averaged in at most ``maximumPoints`` blocks of equal numbers of epochs.
    let curve: Curve

    public static let maximumPoints = 100
    /// Fewer blocks leave nothing to forecast after the least number of points.
    public static let minimumPoints = ForecastCut.minimumPoints + 1

    /// - throws: ``LearningCurvesError`` naming what is wrong with the points, or that there are too few.
    public init(name: String, task: String, context: RunContext, points: [CurvePoint]) throws {
        try context.validate()
        let whole = try Curve(points, totalEpochs: context.totalEpochs)
        guard whole.isComplete else {
            throw LearningCurvesError.invalidCurve(
                problem: "ends at epoch \(whole.epochsSeen) of \(context.totalEpochs); only whole curves can be judged")
        }
        curve = whole.averaged(blocks: Self.maximumPoints)
        guard curve.points.count >= Self.minimumPoints else {
            throw LearningCurvesError.invalidCurve(
                problem: "must have at least \(Self.minimumPoints) points; got \(curve.points.count)")
        }
        self.name = name
        self.task = task
        self.context = context
    }

    /// The part that a forecast at `cut` sees.
    func prefix(at cut: ForecastCut) -> Curve { curve.prefix(points: cut.points(of: curve.points.count)) }
}

extension StudyCurve {
    /// To refine a surrogate on.
    public var finished: FinishedCurve { FinishedCurve(context: context, points: curve.points) }
}
