import NeuralNets

extension Evaluation {
    /// Of whole volumes, one at a time: the network sees them through a sliding window of the size of its patches.
    ///
    /// A volume takes, beside the network, about 4·(C + 2·K + 1) bytes a voxel.
    ///
    /// - Parameters:
    ///   - configuration: the network's.
    ///   - size: D, H, W of a patch.
    ///   - overlap: of the windows.
    ///   - batchSize: windows to predict at a time.
    ///   - predict: from images, one after the other, to their logits.
    ///   - check: called before each window; throws to end early.
    init(
        _ cases: [String], volumes: Volumes, targets: ClassTargets, configuration: UNetConfiguration, size: [Int],
        overlap: Double, batchSize: Int, predict: ([Float]) throws -> [Float], check: () throws -> Void
    ) throws {
        let judgement = CaseJudgement(configuration: configuration)
        for id in cases {
            let extent = try volumes.extent(id)
            let logits = try SlidingWindow(extent: extent, size: size, overlap: overlap).logits(
                planes: targets.planes, batchSize: batchSize,
                image: { origin in
                    try check()
                    return try volumes.patch(id, origin, size).image
                },
                predict: predict)
            let labels = try volumes.patch(id, [0, 0, 0], extent).labels
            for result in try judgement.judge(logits: logits, targets: targets.planes(of: labels), cases: 1) {
                add(loss: result.loss, scores: result.scores)
            }
        }
    }
}
