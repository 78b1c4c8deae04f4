/// Channels, height and width of one sample.
struct Plane: Hashable {
    var channels: Int
    var height: Int
    var width: Int

    var positions: Int { height * width }
    var count: Int { channels * positions }
}

/// One piece of a network, with the buffers that its passes need, planned at construction for a largest batch.
///
/// Inputs and outputs are [N, C, H, W]. `backward` follows the `forward` of the same batch; it adds to the parameters'
/// gradients and gives the gradient of the input. A buffer given out is good until the layer's next pass.
protocol Layer: AnyObject {
    var output: Plane { get }
    var parameters: [Parameter] { get }
    var buffers: [StateBuffer] { get }
    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer
    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer
    /// Draws the initial weights.
    func initialize(_ generator: inout CounterGenerator)
}

extension Layer {
    var buffers: [StateBuffer] { [] }
}
