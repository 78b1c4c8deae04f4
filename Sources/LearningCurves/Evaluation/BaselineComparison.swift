/// The ratio of a method's error to that of the best baseline, with its 90 % interval by a paired bootstrap.
public struct BaselineComparison: Sendable, Encodable {
    public let baseline: String
    public let ratio: Double
    public let low: Double
    public let high: Double
}
