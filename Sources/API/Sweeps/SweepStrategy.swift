/// How much of a sweep is trained.
enum SweepStrategy: String, Codable, Sendable, CaseIterable {
    /// Every epoch of every run.
    case full
    /// Every run, each until the forecast of its final DSC is certain enough.
    case earlyStop = "early_stop"
    /// The runs that tell the most of the number of images, one after another.
    case adaptive
}
