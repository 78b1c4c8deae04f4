import NeuralNets

/// Loss and DSC of single cases, as a network's outputs are meant.
///
/// Where a class is empty in both prediction and mask its DSC is 1, where it is empty in one of them 0.
struct CaseJudgement {
    /// The network's.
    let configuration: UNetConfiguration

    /// - Parameters:
    ///   - logits: [N, K, P].
    ///   - targets: [N, K, P] in {0, 1}.
    ///   - cases: N.
    /// - Returns: the loss and the DSC by foreground class of each case.
    /// - Throws: `NeuralNetsError.shape`.
    func judge(logits: [Float], targets: [Float], cases: Int) throws -> [(loss: Double, scores: [Double])] {
        let (channels, output) = (configuration.outChannels, configuration.output)
        let losses = try SegmentationLoss.perSample(
            logits: logits, targets: targets, samples: cases, channels: channels, output: output)
        let scores = try DiceScore.perClass(
            logits: logits, targets: targets, samples: cases, channels: channels, output: output)
        return zip(losses, scores).map { ($0, $1) }
    }
}
