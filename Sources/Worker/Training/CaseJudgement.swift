import NeuralNets

/// Loss and DSC of one case.
///
/// Where a class is empty in both prediction and mask its DSC is 1, where it is empty in one of them 0.
enum CaseJudgement {
    /// - Parameters:
    ///   - logits: [K, P], a class each; it is said to be there where the logit is positive.
    ///   - targets: [K, P] in {0, 1}.
    /// - Throws: `NeuralNetsError.shape`.
    static func sigmoid(_ logits: [Float], _ targets: [Float], classes: Int) throws -> (loss: Double, scores: [Double])
    {
        let losses = try SegmentationLoss.perSample(logits: logits, targets: targets, samples: 1, channels: classes)
        let scores = try DiceScore.perClass(logits: logits, targets: targets, samples: 1, channels: classes)
        return (losses[0], scores[0])
    }
}
