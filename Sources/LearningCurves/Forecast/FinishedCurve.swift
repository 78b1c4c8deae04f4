/// The whole curve of a run that trained to its end.
public struct FinishedCurve: Sendable {
    public var context: RunContext
    public var points: [CurvePoint]

    public init(context: RunContext, points: [CurvePoint]) {
        self.context = context
        self.points = points
    }
}
