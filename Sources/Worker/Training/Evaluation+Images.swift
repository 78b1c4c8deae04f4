import Datasets
import NeuralNets

extension Evaluation {
    /// Of images, a batch at a time.
    ///
    /// - Parameter check: called between batches; throws to end early.
    init(
        _ cases: [String], images data: PackedDataset, targets: ClassTargets, trainer: UNetTrainer, batchSize: Int,
        check: () throws -> Void
    ) throws {
        let judgement = CaseJudgement(configuration: trainer.configuration)
        let pixels = data.height * data.width
        for start in stride(from: 0, to: cases.count, by: batchSize) {
            try check()
            let ids = Array(cases[start..<min(start + batchSize, cases.count)])
            let (images, masks) = try data.batch(ids)
            let labels = masks.map { $0 > 0.5 ? 1 : 0 as UInt8 }
            let planes = ids.indices.flatMap { targets.planes(of: Array(labels[$0 * pixels..<($0 + 1) * pixels])) }
            let logits = try trainer.predict(images: images)
            for result in try judgement.judge(logits: logits, targets: planes, cases: ids.count) {
                add(loss: result.loss, scores: result.scores)
            }
        }
    }
}
