import Datasets
import NeuralNets

/// Loss and DSC of a network over whole images, in evaluation mode.
struct Evaluation {
    /// Of each case, in order.
    private(set) var losses: [Double] = []
    private(set) var scores: [Double] = []

    /// - Parameter check: called between batches; throws to end early.
    init(_ cases: [String], trainer: UNetTrainer, data: PackedDataset, batchSize: Int, check: () throws -> Void) throws
    {
        for start in stride(from: 0, to: cases.count, by: batchSize) {
            try check()
            let ids = Array(cases[start..<min(start + batchSize, cases.count)])
            let (images, masks) = try data.batch(ids)
            let logits = try trainer.predict(images: images)
            losses += try SegmentationLoss.perSample(logits: logits, targets: masks, samples: ids.count, channels: 1)
            scores += try DiceScore.perClass(logits: logits, targets: masks, samples: ids.count).map { $0[0] }
        }
    }

    var meanLoss: Double { losses.reduce(0, +) / Double(losses.count) }
    var meanScore: Double { scores.reduce(0, +) / Double(scores.count) }

    /// Standard deviation of the DSC over cases; 0 for one case.
    var scoreDeviation: Double {
        guard scores.count > 1 else { return 0 }
        let mean = meanScore
        return (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1)).squareRoot()
    }
}
