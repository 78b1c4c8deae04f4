import CKernels

/// y = body(x) + shortcut(x) (He et al. 2016); without a shortcut layer the input itself is added.
final class Residual: Layer {
    private let input: Plane
    private let body: any Layer
    private let shortcut: (any Layer)?
    private let result: FloatBuffer
    private let inputGradient: FloatBuffer

    init(input: Plane, body: any Layer, shortcut: (any Layer)?, batch: Int) {
        precondition(shortcut?.output ?? input == body.output)
        self.input = input
        self.body = body
        self.shortcut = shortcut
        result = FloatBuffer(count: batch * body.output.count)
        inputGradient = FloatBuffer(count: batch * input.count)
    }

    var output: Plane { body.output }
    var parameters: [Parameter] { body.parameters + (shortcut?.parameters ?? []) }
    var buffers: [StateBuffer] { body.buffers }

    func initialize(_ generator: inout CounterGenerator) {
        body.initialize(&generator)
        shortcut?.initialize(&generator)
    }

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        let main = body.forward(input, count: count, training: training)
        let side = shortcut?.forward(input, count: count, training: training) ?? input
        result.copy(from: main, count: count * output.count)
        ck_add(result.base, side.base, count * output.count)
        return result
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        let main = body.backward(gradient, count: count)
        let side = shortcut?.backward(gradient, count: count) ?? gradient
        // What reads the image itself passes no gradient on.
        guard main.count > 0 else { return main }
        inputGradient.copy(from: main, count: count * input.count)
        ck_add(inputGradient.base, side.base, count * input.count)
        return inputGradient
    }
}
