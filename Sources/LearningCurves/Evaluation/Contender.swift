/// A forecaster to judge under a name.
public struct Contender: Sendable {
    public let name: String
    /// The forecaster for curves of a task: one that was trained without that task, if it was trained on any of them.
    let forecaster: @Sendable (_ task: String) -> Forecaster

    public init(name: String, forecaster: @escaping @Sendable (_ task: String) -> Forecaster) {
        self.name = name
        self.forecaster = forecaster
    }
}
