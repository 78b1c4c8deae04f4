/// A convolution between blocked tensors, and its adjoint. Its weights lie in the arena.
protocol FeatureConvolution: AnyObject {
    /// Where the weights lie in the arena.
    var weights: Int { get }
    /// Pieces that `Moments` of an output have.
    var pieces: Int { get }
    /// y = conv(x), or conv(x) + add.
    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?)
    /// x = adjoint(y), or adjoint(y) + add; `add` may be x.
    func adjoint(_ x: FeatureMap, _ y: FeatureMap, adding add: FeatureMap?, count: Int, moments: Moments?)
    /// The gradient of the weights, written to the arena.
    func weightGradient(_ y: FeatureMap, _ x: FeatureMap, count: Int)
}

extension FeatureConvolution {
    func forward(_ y: FeatureMap, _ x: FeatureMap, count: Int, moments: Moments? = nil) {
        forward(y, x, adding: nil, count: count, moments: moments)
    }

    func forward(_ y: FeatureMap, _ x: FeatureMap, adding add: FeatureMap, count: Int) {
        forward(y, x, adding: add, count: count, moments: nil)
    }

    func adjoint(_ x: FeatureMap, _ y: FeatureMap, count: Int, moments: Moments? = nil) {
        adjoint(x, y, adding: nil, count: count, moments: moments)
    }

    func adjoint(_ x: FeatureMap, _ y: FeatureMap, adding add: FeatureMap, count: Int) {
        adjoint(x, y, adding: add, count: count, moments: nil)
    }
}

extension Kernels {
    /// A convolution with this network's precision; see `ConvolutionGeometry`.
    func convolution(
        wide: Grid, wideBlocks: Int, narrow: Grid, narrowBlocks: Int, kernel: Int = 3, stride: Int
    ) -> any FeatureConvolution {
        let geometry = ConvolutionGeometry(
            wide: wide, wideBlocks: wideBlocks, narrow: narrow, narrowBlocks: narrowBlocks, kernel: kernel,
            stride: stride)
        let isTiled = TiledConvolution.tiles(of: geometry, batch: batch) != nil
        return switch precision {
        case .fp32: BlockedConvolution(geometry, kernels: self)
        // In volumes, with stride 1, filtering in fp32 leaves fewer than a third of the multiplications: more is saved
        // than by dot products of pairs.
        case .bf16 where wide.dimensions == 3 && stride == 1 && isTiled:
            BlockedConvolution(geometry, kernels: self)
        case .bf16: HalfConvolution(geometry, kernels: self)
        }
    }
}
