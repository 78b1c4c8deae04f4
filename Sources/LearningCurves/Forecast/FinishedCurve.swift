/// The whole curve of a run that trained to its end.
public struct FinishedCurve: Sendable {
    public var context: RunContext
    public var points: [CurvePoint]

    public init(context: RunContext, points: [CurvePoint]) {
        self.context = context
        self.points = points
    }

    /// The curve as a ``Surrogate`` sees it: long ones averaged in at most 100 blocks of equal numbers of epochs.
    ///
    /// - throws: ``LearningCurvesError`` naming the first bad point.
    public func averaged() throws -> FinishedCurve {
        let curve = try Curve(points, totalEpochs: context.totalEpochs)
        return FinishedCurve(context: context, points: curve.averaged(blocks: SurrogateFeatures.maximumBlocks).points)
    }
}
