import Datasets
import NeuralNets

extension Evaluation {
    /// Of images, some at a time.
    ///
    /// - Parameter check: called between batches; throws to end early.
    init(_ cases: [String], trainer: UNetTrainer, images data: PackedDataset, batchSize: Int, check: () throws -> Void)
        throws
    {
        for start in stride(from: 0, to: cases.count, by: batchSize) {
            try check()
            let ids = Array(cases[start..<min(start + batchSize, cases.count)])
            let (images, masks) = try data.batch(ids)
            let logits = try trainer.predict(images: images)
            let losses = try SegmentationLoss.perSample(
                logits: logits, targets: masks, samples: ids.count, channels: 1)
            let scores = try DiceScore.perClass(logits: logits, targets: masks, samples: ids.count)
            for (loss, score) in zip(losses, scores) { add(loss: loss, scores: score) }
        }
    }
}
