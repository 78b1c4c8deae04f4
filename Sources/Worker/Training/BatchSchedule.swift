import NeuralNets

/// Which images each step sees: passes over the run's subset in an order of their own, cut into full batches that run
/// on from one pass into the next. A step's batch depends on the seed and the step's number alone, so that a resumed
/// run sees what an undisturbed one would have.
struct BatchSchedule {
    /// Streams of random numbers of one run; the weights' is 0.
    private static let orderStream: UInt64 = 1

    let cases: Int
    let batchSize: Int
    let seed: UInt64
    private var pass = -1
    private var order: [Int] = []

    /// - Parameters:
    ///   - cases: at least 1; fewer than a batch are repeated within it.
    init(cases: Int, batchSize: Int, seed: UInt64) {
        precondition(cases > 0 && batchSize > 0)
        self.cases = cases
        self.batchSize = batchSize
        self.seed = seed
    }

    /// The indices of the images of a step, counted from 0.
    mutating func batch(step: Int) -> [Int] {
        (step * batchSize..<(step + 1) * batchSize).map { position in
            let (pass, place) = position.quotientAndRemainder(dividingBy: cases)
            if pass != self.pass {
                var generator = CounterGenerator(seed: seed, stream: Self.orderStream + UInt64(pass) << 8)
                order = generator.permutation(cases)
                self.pass = pass
            }
            return order[place]
        }
    }
}
