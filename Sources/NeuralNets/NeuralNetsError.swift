/// What the networks refuse. The text says what was expected.
public enum NeuralNetsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A number of values, a size or a setting that does not fit.
    case shape(String)
    /// Bytes that are not a checkpoint or a set of weights, or not of this network.
    case unreadable(String)

    public var description: String {
        switch self {
        case .shape(let detail): detail
        case .unreadable(let detail): detail
        }
    }
}
