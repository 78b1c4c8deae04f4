import CKernels

/// The residual U-Net, put together as MONAI's `UNet._create_block` does, with its state-dict names. All memory of its
/// passes is planned here: forward keeps what backward needs, and backward leaves gradients in the places of what it has
/// used up.
final class UNet {
    let configuration: UNetConfiguration
    /// The image as the network sees it, a multiple of `configuration.sizeMultiple` a side.
    let image: PlanarMap
    let batch: Int
    private let kernels: Kernels
    private let downs: [DownUnit]
    private let bottom: BottomUnit
    /// From the bottom up.
    private let ups: [UpUnit]
    private let head: OutputUnit

    /// - Parameter size: [H, W] or [D, H, W], multiples of `configuration.sizeMultiple`.
    /// - Throws: `NeuralNetsError.shape`.
    init(
        configuration: UNetConfiguration, batch: Int, size: [Int], threads: Int, instructions: Instructions,
        precision: Precision = .fp32
    ) throws {
        guard threads > 0 else { throw NeuralNetsError.shape("threads must be at least 1; got \(threads)") }
        guard instructions.isAvailable else {
            throw NeuralNetsError.shape("this machine has no \(instructions.rawValue) instructions")
        }
        guard precision.isAvailable, precision == .fp32 || instructions == .avx512 else {
            throw NeuralNetsError.shape(
                "this machine, or the instructions asked for, can't multiply in bf16; use fp32 here")
        }
        try configuration.validate(batch: batch, size: size)
        self.configuration = configuration
        self.batch = batch
        let kernels = Kernels(
            team: ThreadTeam(threads: threads), instructions: instructions, precision: precision, batch: batch)
        self.kernels = kernels
        let grid = Grid(size)
        image = PlanarMap(grid, channels: configuration.inChannels, batch: batch)
        let levels = LevelMaps.all(configuration, grid: grid, batch: batch)
        let channels = configuration.channels
        let last = levels.count - 1

        var downs: [DownUnit] = []
        var prefix = "model"
        var prefixes: [String] = []
        for (index, level) in levels.enumerated() {
            let above = index > 0 ? levels[index - 1] : nil
            downs.append(
                DownUnit(
                    prefix + ".0",
                    input: above.map {
                        .features($0.skip, channels: channels[index - 1], gradient: $0.skipGradient)
                    } ?? .image(image),
                    channels: channels[index], output: level.skip, outputGradient: level.skipGradient,
                    normalization: configuration.normalization, kernels: kernels))
            prefixes.append(prefix)
            prefix += ".1.submodule"
        }
        bottom = BottomUnit(
            prefix, input: levels[last].skip, inputGradient: levels[last].skipGradient, inChannels: channels[last],
            channels: channels[last + 1], output: levels[last].below, outputGradient: levels[last].belowGradient,
            normalization: configuration.normalization, kernels: kernels)
        ups = (1..<max(1, levels.count)).reversed().map { index in
            let (level, above) = (levels[index], levels[index - 1])
            return UpUnit(
                prefixes[index] + ".2", input: level.joined, inputGradient: level.joinedGradient,
                inputSlots: level.slots, channels: channels[index - 1], output: above.below,
                outputGradient: above.belowGradient, normalization: configuration.normalization, kernels: kernels)
        }
        head = OutputUnit(
            prefixes[0] + ".2", input: levels[0].joined, inputGradient: levels[0].joinedGradient,
            inputSlots: levels[0].slots, channels: configuration.outChannels, grid: grid,
            normalization: configuration.normalization, kernels: kernels)
        self.downs = downs
        kernels.allocate()
    }

    var arena: ParameterArena { kernels.arena }
    var team: ThreadTeam { kernels.team }
    var instructions: ck_isa { kernels.isa }
    /// The last forward pass's logits, where the loss leaves their gradient.
    var logits: PlanarMap { head.logits }

    var parameters: [Parameter] {
        downs.flatMap(\.parameters) + bottom.parameters + ups.flatMap(\.parameters) + head.parameters
    }

    var buffers: [StateBuffer] {
        downs.flatMap(\.buffers) + bottom.buffers + ups.flatMap(\.buffers) + head.buffers
    }

    func initialize(seed: UInt64) {
        var generator = CounterGenerator(seed: seed, stream: 0)
        for unit in downs { unit.initialize(&generator) }
        bottom.initialize(&generator)
        for unit in ups { unit.initialize(&generator) }
        head.initialize(&generator)
        weightsChanged()
    }

    /// To be called after the arena's values were written to.
    func weightsChanged() { kernels.workspace.weightsChanged() }

    /// From `image` to `logits`, for the first `count` samples.
    func forward(count: Int, training: Bool) {
        for unit in downs { unit.forward(count: count, training: training) }
        bottom.forward(count: count, training: training)
        for unit in ups { unit.forward(count: count, training: training) }
        head.forward(count: count, training: training)
    }

    /// Writes every parameter's gradient; follows the forward pass of the same samples in training.
    func backward(count: Int) {
        head.backward(count: count)
        for unit in ups.reversed() { unit.backward(count: count) }
        bottom.backward(count: count)
        for unit in downs.reversed() { unit.backward(count: count) }
    }
}

/// The tensors at which the units of one level meet: what goes down and across side by side with what comes up from
/// below, so that joining them costs nothing; and their gradients. These begin where what came up lies: by the time that
/// a gradient is written there, the weights' gradient has been taken from it, and nothing else asks for it.
private struct LevelMaps {
    let joined: FeatureMap
    let joinedGradient: FeatureMap
    let skip: FeatureMap
    let skipGradient: FeatureMap
    let below: FeatureMap
    let belowGradient: FeatureMap
    /// Which of the joined channels each of the 2nd half's weights' inputs is.
    let slots: [Int]

    private init(_ grid: Grid, channels: Int, channelsBelow: Int, batch: Int) {
        let first = Lanes.blocks(channels)
        let blocks = first + Lanes.blocks(channelsBelow)
        let whole = FeatureMap(grid, blocks: first + blocks, batch: batch)
        joined = whole[0..<blocks]
        joinedGradient = whole[first..<first + blocks]
        (skip, below) = (joined[0..<first], joined[first..<blocks])
        (skipGradient, belowGradient) = (joinedGradient[0..<first], joinedGradient[first..<blocks])
        slots = ChannelSlots.run(channels) + ChannelSlots.run(channelsBelow, fromBlock: first)
    }

    static func all(_ configuration: UNetConfiguration, grid: Grid, batch: Int) -> [LevelMaps] {
        let channels = configuration.channels
        var grid = grid
        return (0..<channels.count - 1).map { level in
            grid = grid.halved
            let isLast = level == channels.count - 2
            return LevelMaps(
                grid, channels: channels[level], channelsBelow: channels[isLast ? level + 1 : level], batch: batch)
        }
    }
}
