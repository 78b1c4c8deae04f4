/// Layers one after another.
final class Sequence: Layer {
    private let layers: [any Layer]

    init(_ layers: [any Layer]) {
        precondition(!layers.isEmpty)
        self.layers = layers
    }

    var output: Plane { layers[layers.count - 1].output }
    var parameters: [Parameter] { layers.flatMap(\.parameters) }
    var buffers: [StateBuffer] { layers.flatMap(\.buffers) }

    func initialize(_ generator: inout CounterGenerator) {
        for layer in layers { layer.initialize(&generator) }
    }

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        layers.reduce(input) { $1.forward($0, count: count, training: training) }
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        layers.reversed().reduce(gradient) { $1.backward($0, count: count) }
    }
}
