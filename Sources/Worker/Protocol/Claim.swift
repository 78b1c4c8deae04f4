/// What a claim hands out, as the worker protocol has it.
struct Claim: Decodable, Sendable {
    struct Run: Decodable, Sendable {
        var id: String
        var attempt: Int
        var size: Int
        var depth: Int
        var seed: Int
        var epochsTotal: Int
        var epochsDone: Int
        var stepsPerEpoch: Int
    }

    struct Training: Decodable, Sendable {
        var imageSize: [Int]
        var batchSize: Int
        var learningRate: Double
        var schedule: String
        var normalization: String
    }

    struct Dataset: Decodable, Sendable {
        var id: String
        var path: String
        var dataHash: String
        var channels: Int
    }

    struct Cases: Decodable, Sendable {
        var train: [String]
        var validation: [String]
        var test: [String]
    }

    struct Checkpoint: Decodable, Sendable {
        var epoch: Int
        var step: Int
        var sha256: String
    }

    var run: Run
    var training: Training
    var dataset: Dataset
    var cases: Cases
    var leaseSeconds: Double
    var checkpoint: Checkpoint?
}

extension Claim {
    /// - Throws: `WorkerError.hopeless` for what nothing can be trained with.
    func validate() throws {
        let counts = [run.epochsTotal, run.stepsPerEpoch, training.batchSize]
        guard training.imageSize.count == 2, counts.allSatisfy({ $0 > 0 }), run.seed >= 0, (2...16).contains(run.depth),
            leaseSeconds > 0
        else { throw WorkerError.hopeless("the claim's numbers are out of bounds") }
        guard [cases.train, cases.validation, cases.test].allSatisfy({ !$0.isEmpty }) else {
            throw WorkerError.hopeless("the claim lacks cases to train, validate or test with")
        }
    }
}
