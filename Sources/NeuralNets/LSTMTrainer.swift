import CKernels

/// Trains an ``LSTM`` with Adam. One thread owns it.
public final class LSTMTrainer {
    public private(set) var model: LSTM
    public private(set) var stepsDone = 0
    private var firstMoment: [Float]
    private var secondMoment: [Float]
    private let gradientClip: Float

    /// - parameter gradientClip: the largest L2 norm of the whole gradient; longer ones are scaled down to it. The
    ///   default is 1.
    public init(model: LSTM, gradientClip: Float = 1) {
        self.model = model
        self.gradientClip = gradientClip
        firstMoment = [Float](repeating: 0, count: model.parameters.count)
        secondMoment = firstMoment
    }

    /// One step of Adam (betas 0.9 and 0.999, epsilon 1e-8).
    ///
    /// - parameter loss: gets the model's output and returns the loss with its gradient by the output.
    /// - returns: the loss before the step.
    public func step(
        _ sequences: LSTMSequences, learningRate: Float,
        loss: (_ output: [Float]) throws -> (value: Float, gradient: [Float])
    ) throws -> Float {
        let activations = try model.forward(sequences)
        let (value, outputGradient) = try loss(activations.output)
        var gradient = try model.backward(sequences, activations, outputGradient: outputGradient)
        let norm = gradient.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        if norm > gradientClip {
            let scale = gradientClip / norm
            for index in gradient.indices { gradient[index] *= scale }
        }
        stepsDone += 1
        ck_adam_step(
            &model.parameters, &firstMoment, &secondMoment, gradient, gradient.count, learningRate, 0.9, 0.999, 1e-8,
            stepsDone)
        return value
    }
}
