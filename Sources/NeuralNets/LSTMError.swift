/// Why an LSTM refuses its input.
public enum LSTMError: Error, Equatable, CustomStringConvertible {
    /// A size in the configuration lies outside 1…4096.
    case invalidSize(name: String, value: Int)
    /// An array's length does not fit the shape it stands for.
    case shapeMismatch(name: String, expected: Int, got: Int)
    /// A sequence's length lies outside 1…steps.
    case invalidLength(sequence: Int, length: Int, steps: Int)

    public var description: String {
        switch self {
        case .invalidSize(let name, let value):
            "LSTM \(name) must be 1…4096; got \(value)"
        case .shapeMismatch(let name, let expected, let got):
            "LSTM \(name) must have \(expected) numbers; got \(got)"
        case .invalidLength(let sequence, let length, let steps):
            "LSTM sequence \(sequence) must have 1…\(steps) steps; got \(length)"
        }
    }
}
