import Datasets
import NeuralNets

/// What differs between images and volumes.
extension TrainingRun {
    func targets(_ classes: LabelClasses) throws -> ClassTargets {
        let isSoftmax = claim.training.output == UNetConfiguration.Output.softmax.rawValue
        guard !isSoftmax || !classes.overlap else {
            throw WorkerError.hopeless("a softmax cannot tell classes apart that overlap")
        }
        return ClassTargets(classes: classes, isSoftmax: isSoftmax)
    }

    func batchMaker(_ data: TrainingData, _ targets: ClassTargets) -> BatchMaker {
        let source: any SampleSource =
            switch data.content {
            case .images(let images): ImageSource(data: images)
            case .volumes(let volumes):
                VolumeSource(volumes: volumes, foregroundShare: claim.training.foregroundOversampling ?? 0)
            }
        return BatchMaker(
            source: source, targets: targets, recipe: claim.training.augmentation, cases: claim.cases.train,
            size: claim.sampleSize, batchSize: claim.training.batchSize, seed: UInt64(claim.run.seed))
    }

    /// Of whole images or volumes.
    ///
    /// - Parameter windowOverlap: of the windows that volumes are seen through.
    func evaluate(
        _ cases: [String], _ trainer: UNetTrainer, _ data: TrainingData, _ targets: ClassTargets, windowOverlap: Double
    ) throws -> Evaluation {
        let batchSize = claim.training.batchSize
        switch data.content {
        case .images(let images):
            return try Evaluation(
                cases, images: images, targets: targets, trainer: trainer, batchSize: batchSize, check: checkGoingOn)
        case .volumes(let volumes):
            return try Evaluation(
                cases, volumes: volumes, targets: targets, configuration: trainer.configuration,
                size: claim.sampleSize, overlap: windowOverlap, batchSize: batchSize,
                predict: { try trainer.predict(images: $0) },
                check: checkGoingOn)
        }
    }
}
