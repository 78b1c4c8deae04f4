/// The shape of an ``LSTM``.
public struct LSTMConfiguration: Sendable, Hashable {
    /// Where the linear head reads the hidden state.
    public enum Head: String, Sendable {
        /// Once per sequence, after its last real step: output [N, O].
        case lastStep
        /// After every step: output [N, T, O]; at padded steps it is the head's bias and means nothing.
        case everyStep
    }

    /// A parameter's place in the flat array of all parameters.
    struct Slot {
        let name: String
        let shape: [Int]
        let range: Range<Int>
    }

    public let inputSize: Int
    public let hiddenSize: Int
    public let outputSize: Int
    public let head: Head

    /// - throws: ``LSTMError/invalidSize(name:value:)`` for a size outside 1…4096.
    public init(inputSize: Int, hiddenSize: Int, outputSize: Int, head: Head) throws {
        for (name, value) in [("inputSize", inputSize), ("hiddenSize", hiddenSize), ("outputSize", outputSize)]
        where !(1...4096).contains(value) {
            throw LSTMError.invalidSize(name: name, value: value)
        }
        self.inputSize = inputSize
        self.hiddenSize = hiddenSize
        self.outputSize = outputSize
        self.head = head
    }

    public var parameterCount: Int {
        4 * hiddenSize * (inputSize + hiddenSize + 2) + outputSize * (hiddenSize + 1)
    }

    /// PyTorch's state-dict names and shapes, in the order of the flat parameters.
    var slots: [Slot] {
        let gates = 4 * hiddenSize
        let shapes: [(String, [Int])] = [
            ("weight_ih_l0", [gates, inputSize]), ("weight_hh_l0", [gates, hiddenSize]),
            ("bias_ih_l0", [gates]), ("bias_hh_l0", [gates]),
            ("head.weight", [outputSize, hiddenSize]), ("head.bias", [outputSize]),
        ]
        var start = 0
        return shapes.map { name, shape in
            let count = shape.reduce(1, *)
            defer { start += count }
            return Slot(name: name, shape: shape, range: start..<(start + count))
        }
    }

    var workspaceSize: Int { 4 * hiddenSize * (inputSize + hiddenSize + 2) }
}
