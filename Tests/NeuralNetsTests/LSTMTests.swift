import Testing

@testable import NeuralNets

@Suite struct LSTMTests {
    /// Mean squared error and its gradient.
    func squaredError(_ output: [Float], _ target: [Float]) -> (value: Float, gradient: [Float]) {
        let differences = zip(output, target).map { $0 - $1 }
        let count = Float(output.count)
        return (differences.reduce(0) { $0 + $1 * $1 } / count, differences.map { 2 * $0 / count })
    }

    func randomModel(inputs: Int, hidden: Int, outputs: Int, head: LSTMConfiguration.Head, seed: UInt64) throws -> LSTM
    {
        LSTM(
            configuration: try LSTMConfiguration(
                inputSize: inputs, hiddenSize: hidden, outputSize: outputs, head: head), seed: seed)
    }

    /// Deterministic numbers in ±1.
    func numbers(_ count: Int, seed: Int) -> [Float] {
        (0..<count).map { Float((($0 + seed) &* 2_654_435_761) % 2000) / 1000 - 1 }
    }

    @Test(arguments: [LSTM.Kernels.fast, .naive])
    func matchesPyTorch(kernels: LSTM.Kernels) throws {
        let reference = try LSTMReference()
        let shape = reference.shape("batch/input")
        let hidden = reference.shape("weights/weight_hh_l0")[1]
        let configuration = try LSTMConfiguration(
            inputSize: shape[2], hiddenSize: hidden, outputSize: 1, head: .lastStep)
        let model = try LSTM(
            configuration: configuration,
            parameters: configuration.slots.flatMap { reference.floats("weights/\($0.name)") })
        let sequences = try LSTMSequences(
            input: reference.floats("batch/input"), lengths: reference.integers("batch/lengths"), steps: shape[1],
            inputSize: shape[2])

        let activations = try model.forward(sequences, kernels: kernels)
        #expect(relativeDifference(activations.hidden, reference.floats("expect/hidden")) < 1e-5)
        #expect(relativeDifference(activations.output, reference.floats("expect/prediction")) < 1e-5)
        let loss = squaredError(activations.output, reference.floats("batch/target"))
        #expect(relativeDifference([loss.value], reference.floats("expect/loss")) < 1e-5)

        let gradient = try model.backward(
            sequences, activations, outputGradient: loss.gradient, kernels: kernels)
        for slot in configuration.slots {
            let error = relativeDifference(Array(gradient[slot.range]), reference.floats("expect/grad/\(slot.name)"))
            #expect(error < 1e-5, "\(slot.name): relative error \(error)")
        }
    }

    @Test(arguments: [LSTMConfiguration.Head.lastStep, .everyStep])
    func gradientAgreesWithFiniteDifferences(head: LSTMConfiguration.Head) throws {
        var model = try randomModel(inputs: 3, hidden: 5, outputs: 2, head: head, seed: 7)
        let sequences = try LSTMSequences(
            input: numbers(3 * 6 * 3, seed: 1), lengths: [6, 1, 4], steps: 6, inputSize: 3)
        let activations = try model.forward(sequences)
        // A linear loss with zero weight at padded steps: its rounding stays far below the differences.
        var weights = numbers(activations.output.count, seed: 5)
        if head == .everyStep {
            for (n, length) in sequences.lengths.enumerated() {
                for index in (n * 6 + length) * 2..<(n + 1) * 12 { weights[index] = 0 }
            }
        }
        let gradient = try model.backward(sequences, activations, outputGradient: weights)
        func loss() throws -> Double {
            zip(try model.predict(sequences), weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let h: Float = 1e-2
        for index in stride(from: 0, to: model.parameters.count, by: 3) {
            let kept = model.parameters[index]
            model.parameters[index] = kept + h
            let above = try loss()
            model.parameters[index] = kept - h
            let below = try loss()
            model.parameters[index] = kept
            let numeric = (above - below) / Double(2 * h)
            #expect(abs(numeric - Double(gradient[index])) < 2e-3, "parameter \(index)")
        }
    }

    /// Odd sizes, single sequences, single steps and single units.
    @Test(arguments: [(1, 1, 1, 1), (3, 7, 5, 13), (2, 9, 17, 33), (5, 4, 2, 64)])
    func fastKernelsAgreeWithNaive(count: Int, steps: Int, inputs: Int, hidden: Int) throws {
        let model = try randomModel(inputs: inputs, hidden: hidden, outputs: 3, head: .everyStep, seed: 11)
        let sequences = try LSTMSequences(
            input: numbers(count * steps * inputs, seed: 3).map { $0 * 3 },
            lengths: (0..<count).map { 1 + ($0 * 5 + steps - 1) % steps }, steps: steps, inputSize: inputs)
        let fast = try model.forward(sequences)
        let naive = try model.forward(sequences, kernels: .naive)
        #expect(relativeDifference(fast.hidden, naive.hidden) < 1e-6)
        #expect(relativeDifference(fast.output, naive.output) < 1e-6)
        let outputGradient = numbers(fast.output.count, seed: 9)
        let fastGradient = try model.backward(sequences, fast, outputGradient: outputGradient)
        let naiveGradient = try model.backward(sequences, naive, outputGradient: outputGradient, kernels: .naive)
        #expect(relativeDifference(fastGradient, naiveGradient) < 3e-6)
    }

    @Test func saturatedAndInvalidInputsPassThrough() throws {
        let model = try randomModel(inputs: 2, hidden: 8, outputs: 1, head: .lastStep, seed: 1)
        let huge = try LSTMSequences([[1e30, -1e30, 1e9, 1e9]], inputSize: 2)
        #expect(try model.predict(huge).allSatisfy(\.isFinite))
        let broken = try LSTMSequences([[.nan, 0]], inputSize: 2)
        #expect(try model.predict(broken)[0].isNaN)
    }

    @Test func paddingDoesNotMatter() throws {
        let model = try randomModel(inputs: 2, hidden: 6, outputs: 1, head: .lastStep, seed: 2)
        let short = numbers(6, seed: 4)
        let alone = try model.predict(LSTMSequences([short], inputSize: 2))
        let padded = try model.predict(
            LSTMSequences(
                input: short + [Float](repeating: 99, count: 4) + numbers(10, seed: 8), lengths: [3, 5], steps: 5,
                inputSize: 2))
        #expect(padded[0] == alone[0])
    }

    @Test func refusesWhatDoesNotFit() throws {
        #expect(throws: LSTMError.invalidSize(name: "hiddenSize", value: 0)) {
            try LSTMConfiguration(inputSize: 1, hiddenSize: 0, outputSize: 1, head: .lastStep)
        }
        #expect(throws: LSTMError.invalidLength(sequence: 1, length: 4, steps: 3)) {
            try LSTMSequences(input: [1, 2, 3, 4, 5, 6], lengths: [3, 4], steps: 3, inputSize: 1)
        }
        #expect(throws: LSTMError.invalidLength(sequence: 0, length: 0, steps: 3)) {
            try LSTMSequences(input: [1, 2, 3], lengths: [0], steps: 3, inputSize: 1)
        }
        #expect(throws: LSTMError.shapeMismatch(name: "input", expected: 6, got: 5)) {
            try LSTMSequences(input: [1, 2, 3, 4, 5], lengths: [3], steps: 3, inputSize: 2)
        }
        let model = try randomModel(inputs: 3, hidden: 2, outputs: 1, head: .lastStep, seed: 1)
        #expect(throws: LSTMError.self) { try model.predict(LSTMSequences([[1, 2]], inputSize: 2)) }
    }

    @Test func trainingLearnsToSumASequence() throws {
        let trainer = LSTMTrainer(
            model: try randomModel(inputs: 1, hidden: 8, outputs: 1, head: .lastStep, seed: 5))
        let inputs = (0..<16).map { n in (0..<(3 + n % 4)).map { Float(($0 * 7 + n * 5) % 11) / 22 } }
        let sequences = try LSTMSequences(inputs, inputSize: 1)
        let targets = inputs.map { $0.reduce(0, +) / 2 }
        var losses: [Float] = []
        for _ in 0..<150 {
            losses.append(try trainer.step(sequences, learningRate: 0.02) { self.squaredError($0, targets) })
        }
        #expect(losses[149] < losses[0] / 20)
        #expect(trainer.stepsDone == 150)
    }
}
