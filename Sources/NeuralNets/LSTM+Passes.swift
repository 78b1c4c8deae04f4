import CKernels

extension LSTM {
    /// What the forward pass leaves for the backward pass.
    struct Activations {
        /// [N, T, H]; zero at padded steps.
        var hidden: [Float]
        var cell: [Float]
        /// [N, T, 4H]
        var gates: [Float]
        /// [N, O] or [N, T, O]
        var output: [Float]
    }

    /// Which kernels run: the fast ones, or the naive ones they are tested against.
    enum Kernels {
        case fast, naive
    }

    func forward(_ sequences: LSTMSequences, kernels: Kernels = .fast) throws -> Activations {
        let (count, steps) = (sequences.count, sequences.steps)
        let (inputs, hidden) = (configuration.inputSize, configuration.hiddenSize)
        guard sequences.input.count == count * steps * inputs else {
            throw LSTMError.shapeMismatch(
                name: "input", expected: count * steps * inputs, got: sequences.input.count)
        }
        let zeros = [Float](repeating: 0, count: count * steps * hidden)
        var activations = Activations(
            hidden: zeros, cell: zeros, gates: [Float](repeating: 0, count: 4 * zeros.count), output: [])
        var workspace = [Float](repeating: 0, count: configuration.workspaceSize)
        let lengths = sequences.lengths.map(Int32.init)
        let run = kernels == .fast ? ck_lstm_forward : ck_lstm_forward_naive
        withParameters { p in
            run(
                &activations.hidden, &activations.cell, &activations.gates, sequences.input, lengths,
                p[0], p[1], p[2], p[3], &workspace, Int32(count), Int32(steps), Int32(inputs), Int32(hidden))
        }
        activations.output = headOutput(headRows(of: activations.hidden, sequences))
        return activations
    }

    /// Gradients by every parameter, laid out as ``parameters``.
    ///
    /// - parameter outputGradient: the loss's gradient by ``Activations/output``; zero at padded steps.
    func backward(
        _ sequences: LSTMSequences, _ activations: Activations, outputGradient: [Float], kernels: Kernels = .fast
    ) throws -> [Float] {
        guard outputGradient.count == activations.output.count else {
            throw LSTMError.shapeMismatch(
                name: "output gradient", expected: activations.output.count, got: outputGradient.count)
        }
        let (inputs, hidden, outputs) = (configuration.inputSize, configuration.hiddenSize, configuration.outputSize)
        let rows = headRows(of: activations.hidden, sequences)
        var rowGradient = [Float](repeating: 0, count: rows.count)
        var gradient = [Float](repeating: 0, count: parameters.count)
        let slots = configuration.slots
        var workspace = [Float](repeating: 0, count: configuration.workspaceSize)
        let lengths = sequences.lengths.map(Int32.init)
        let run = kernels == .fast ? ck_lstm_backward : ck_lstm_backward_naive
        withParameters { p in
            gradient.withUnsafeMutableBufferPointer { buffer in
                guard let g = buffer.baseAddress else { return }
                ck_lstm_head_backward(
                    &rowGradient, g + slots[4].range.lowerBound, g + slots[5].range.lowerBound, outputGradient, rows,
                    p[4], Int32(rows.count / hidden), Int32(hidden), Int32(outputs))
                let hiddenGradient = scatter(rowGradient, sequences)
                run(
                    g, g + slots[1].range.lowerBound, g + slots[2].range.lowerBound, hiddenGradient,
                    activations.hidden, activations.cell, activations.gates, sequences.input, lengths, p[1],
                    &workspace, Int32(sequences.count), Int32(sequences.steps), Int32(inputs), Int32(hidden))
            }
        }
        // Both biases are added to the same sum: they share one gradient.
        gradient.replaceSubrange(slots[3].range, with: gradient[slots[2].range])
        return gradient
    }

    /// The hidden states the head reads: all of them, or each sequence's at its last real step.
    private func headRows(of hidden: [Float], _ sequences: LSTMSequences) -> [Float] {
        guard configuration.head == .lastStep else { return hidden }
        let size = configuration.hiddenSize
        return sequences.lengths.enumerated().flatMap { index, length in
            let start = (index * sequences.steps + length - 1) * size
            return hidden[start..<(start + size)]
        }
    }

    /// The inverse of ``headRows(of:_:)`` for gradients.
    private func scatter(_ rowGradient: [Float], _ sequences: LSTMSequences) -> [Float] {
        guard configuration.head == .lastStep else { return rowGradient }
        let size = configuration.hiddenSize
        var hidden = [Float](repeating: 0, count: sequences.count * sequences.steps * size)
        for (index, length) in sequences.lengths.enumerated() {
            let start = (index * sequences.steps + length - 1) * size
            hidden.replaceSubrange(start..<(start + size), with: rowGradient[(index * size)..<((index + 1) * size)])
        }
        return hidden
    }

    private func headOutput(_ rows: [Float]) -> [Float] {
        let (hidden, outputs) = (configuration.hiddenSize, configuration.outputSize)
        var output = [Float](repeating: 0, count: rows.count / hidden * outputs)
        withParameters { p in
            ck_lstm_head_forward(
                &output, rows, p[4], p[5], Int32(rows.count / hidden), Int32(hidden), Int32(outputs))
        }
        return output
    }

    /// Pointers to the six parameters, valid within `body`; each spans its slot's range.
    private func withParameters(_ body: ([UnsafePointer<Float>]) -> Void) {
        parameters.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            body(configuration.slots.map { base + $0.range.lowerBound })
        }
    }
}
