/// A padded batch of sequences.
public struct LSTMSequences: Sendable {
    /// [N, T, I], row-major; the values at padded steps don't matter.
    public let input: [Float]
    /// Real steps of each sequence, 1…T.
    public let lengths: [Int]
    /// T, the padded length.
    public let steps: Int

    var count: Int { lengths.count }

    /// - throws: ``LSTMError`` when the lengths or the number of inputs don't fit together.
    public init(input: [Float], lengths: [Int], steps: Int, inputSize: Int) throws {
        for (index, length) in lengths.enumerated() where length < 1 || length > steps {
            throw LSTMError.invalidLength(sequence: index, length: length, steps: steps)
        }
        let expected = lengths.count * steps * inputSize
        guard input.count == expected else {
            throw LSTMError.shapeMismatch(name: "input", expected: expected, got: input.count)
        }
        self.input = input
        self.lengths = lengths
        self.steps = steps
    }

    /// Packs sequences of [steps, I] one after the other, padded with zeros to the longest.
    public init(_ sequences: [[Float]], inputSize: Int) throws {
        let lengths = sequences.map { $0.count / inputSize }
        let steps = lengths.max() ?? 0
        var input = [Float](repeating: 0, count: sequences.count * steps * inputSize)
        for (index, sequence) in sequences.enumerated() {
            guard sequence.count == lengths[index] * inputSize else {
                throw LSTMError.shapeMismatch(
                    name: "sequence \(index)", expected: lengths[index] * inputSize, got: sequence.count)
            }
            let start = index * steps * inputSize
            input.replaceSubrange(start..<(start + sequence.count), with: sequence)
        }
        try self.init(input: input, lengths: lengths, steps: steps, inputSize: inputSize)
    }
}
