import Datasets

/// A run's data set, opened: what is trained on and what is evaluated.
struct TrainingData {
    enum Content {
        case images(PackedDataset)
        case volumes(Volumes)
    }

    let classes: LabelClasses
    let content: Content
}
