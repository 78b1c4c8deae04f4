/// A forecaster to judge under a name.
public struct Contender: Sendable {
    public let name: String
    /// The forecaster for curves of a task: one that was trained without that task, if it was trained on any of them.
    let forecaster: @Sendable (_ task: String) -> Forecaster

    public init(name: String, forecaster: @escaping @Sendable (_ task: String) -> Forecaster) {
        self.name = name
        self.forecaster = forecaster
    }

    /// Forecasts of each task by a surrogate that is made of the curves of all other tasks.
    public static func leavingOneTaskOut(
        name: String, _ curves: [StudyCurve], made: (_ others: [FinishedCurve]) -> Surrogate
    ) -> Contender {
        let made = Dictionary(
            uniqueKeysWithValues: Set(curves.map(\.task)).map { task in
                (task, made(curves.filter { $0.task != task }.map(\.finished)))
            })
        return Contender(name: name) { Forecaster(surrogate: made[$0] ?? .shipped) }
    }
}
