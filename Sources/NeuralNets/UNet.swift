import CKernels

/// The residual U-Net, put together as MONAI's `UNet._create_block` does, with its state-dict names.
final class UNet {
    let configuration: UNetConfiguration
    let input: Plane
    let batch: Int
    private let root: any Layer

    /// - Throws: `NeuralNetsError.shape`.
    init(configuration: UNetConfiguration, batch: Int, height: Int, width: Int, threads: Int) throws {
        guard threads > 0 else { throw NeuralNetsError.shape("threads must be at least 1; got \(threads)") }
        try configuration.validate(batch: batch, height: height, width: width)
        ck_use_one_blas_thread()
        self.configuration = configuration
        self.batch = batch
        input = Plane(channels: configuration.inChannels, height: height, width: width)
        root = UNetBuilder(configuration: configuration, batch: batch, partition: Partition(threads: threads))
            .block(level: 0, input: input, out: configuration.outChannels, prefix: "model")
    }

    var output: Plane { root.output }
    var parameters: [Parameter] { root.parameters }
    var buffers: [StateBuffer] { root.buffers }

    func initialize(seed: UInt64) {
        var generator = CounterGenerator(seed: seed, stream: 0)
        root.initialize(&generator)
    }

    /// Logits [count, K, H, W].
    func forward(_ images: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        root.forward(images, count: count, training: training)
    }

    /// Adds to the parameters' gradients.
    func backward(_ gradient: FloatBuffer, count: Int) {
        _ = root.backward(gradient, count: count)
    }
}

/// Builds the network level by level, from the top down.
private struct UNetBuilder {
    let configuration: UNetConfiguration
    let batch: Int
    let partition: Partition

    /// Down, everything below with a skip connection around it, and up again.
    func block(level: Int, input: Plane, out: Int, prefix: String) -> any Layer {
        let channels = configuration.channels[level]
        let isTop = level == 0
        let down = residualUnit(
            prefix + ".0", input: input, channels: channels, stride: 2, isImage: isTop)
        let below: any Layer
        if level == configuration.layers - 2 {
            below = residualUnit(
                prefix + ".1.submodule", input: down.output, channels: configuration.channels[level + 1], stride: 1,
                isImage: false)
        } else {
            below = block(level: level + 1, input: down.output, out: channels, prefix: prefix + ".1.submodule")
        }
        let skip = SkipConnection(input: down.output, body: below, batch: batch)
        return Sequence([down, skip, up(prefix + ".2", input: skip.output, channels: out, isTop: isTop)])
    }

    /// Two convolutions, with a strided or pointwise shortcut.
    private func residualUnit(_ name: String, input: Plane, channels: Int, stride: Int, isImage: Bool) -> any Layer {
        let first = convolution(
            name + ".conv.unit0.conv", input: input, channels: channels, stride: stride, isImage: isImage)
        let firstNorm = normActivation(name + ".conv.unit0.adn", first.output)
        let second = convolution(name + ".conv.unit1.conv", input: first.output, channels: channels)
        let body = Sequence([first, firstNorm, second, normActivation(name + ".conv.unit1.adn", second.output)])
        // MONAI's rule: a kernel as large as the others where it strides, 1×1 where only the channels change, and the
        // input itself where neither does.
        let shortcut =
            stride == 1 && input.channels == channels
            ? nil
            : convolution(
                name + ".residual", input: input, channels: channels, kernel: stride == 1 ? 1 : 3, stride: stride,
                isImage: isImage)
        return Residual(input: input, body: body, shortcut: shortcut, batch: batch)
    }

    /// A transposed convolution that doubles the image, then one residual convolution, which at the top is bare.
    private func up(_ name: String, input: Plane, channels: Int, isTop: Bool) -> any Layer {
        let doubling = Convolution(
            name + ".0.conv", input: input, channels: channels, stride: 2, isTransposed: true, batch: batch,
            partition: partition)
        let norm = normActivation(name + ".0.adn", doubling.output)
        let last = convolution(name + ".1.conv.unit0.conv", input: doubling.output, channels: channels)
        let body: any Layer =
            isTop ? last : Sequence([last, normActivation(name + ".1.conv.unit0.adn", last.output)])
        return Sequence([doubling, norm, Residual(input: norm.output, body: body, shortcut: nil, batch: batch)])
    }

    private func convolution(
        _ name: String, input: Plane, channels: Int, kernel: Int = 3, stride: Int = 1, isImage: Bool = false
    ) -> Convolution {
        Convolution(
            name, input: input, channels: channels, kernel: kernel, stride: stride, needsInputGradient: !isImage,
            batch: batch, partition: partition)
    }

    private func normActivation(_ name: String, _ plane: Plane) -> any Layer {
        Sequence([
            Normalization(
                name + ".N", plane: plane, kind: configuration.normalization, batch: batch, partition: partition),
            PReLU(name + ".A", plane: plane, batch: batch, partition: partition),
        ])
    }
}
