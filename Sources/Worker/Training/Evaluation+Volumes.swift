extension Evaluation {
    /// What a network says of volumes, and how it is judged.
    struct Network {
        /// Outputs of the network, K.
        var planes: Int
        /// Windows to predict at a time.
        var batchSize: Int
        /// From images, one after the other, to their logits.
        var predict: ([Float]) throws -> [Float]
        /// Loss and DSC by class of one case from logits and targets, both [K, D, H, W].
        var judge: (_ logits: [Float], _ targets: [Float]) throws -> (loss: Double, scores: [Double])
    }

    /// Of whole volumes, one at a time: the network sees them through a sliding window of the size of its patches.
    ///
    /// A volume takes, beside the network, about 4·(C + 2·K + 1) bytes a voxel.
    ///
    /// - Parameters:
    ///   - size: D, H, W of a patch.
    ///   - check: called before each window; throws to end early.
    init(
        _ cases: [String], volumes: Volumes, targets: ClassTargets, size: [Int], network: Network,
        check: () throws -> Void
    ) throws {
        for id in cases {
            let extent = try volumes.extent(id)
            let logits = try SlidingWindow(extent: extent, size: size).logits(
                planes: network.planes, batchSize: network.batchSize,
                image: { origin in
                    try check()
                    return try volumes.patch(id, origin, size).image
                },
                predict: network.predict)
            let labels = try volumes.patch(id, [0, 0, 0], extent).labels
            let (loss, scores) = try network.judge(logits, targets.planes(of: labels))
            add(loss: loss, scores: scores)
        }
    }
}
