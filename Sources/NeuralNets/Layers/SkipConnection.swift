import CKernels

/// y = [x, body(x)] along the channels.
final class SkipConnection: Layer {
    let output: Plane
    private let input: Plane
    private let body: any Layer
    private let result: FloatBuffer
    private let bodyGradient: FloatBuffer
    private let inputGradient: FloatBuffer

    init(input: Plane, body: any Layer, batch: Int) {
        precondition(body.output.height == input.height && body.output.width == input.width)
        self.input = input
        self.body = body
        output = Plane(channels: input.channels + body.output.channels, height: input.height, width: input.width)
        result = FloatBuffer(count: batch * output.count)
        bodyGradient = FloatBuffer(count: batch * body.output.count)
        inputGradient = FloatBuffer(count: batch * input.count)
    }

    var parameters: [Parameter] { body.parameters }
    var buffers: [StateBuffer] { body.buffers }

    func initialize(_ generator: inout CounterGenerator) { body.initialize(&generator) }

    func forward(_ input: FloatBuffer, count: Int, training: Bool) -> FloatBuffer {
        let below = body.forward(input, count: count, training: training)
        for sample in 0..<count {
            let place = result.at(sample * output.count)
            place.update(from: input.at(sample * self.input.count), count: self.input.count)
            (place + self.input.count).update(from: below.at(sample * body.output.count), count: body.output.count)
        }
        return result
    }

    func backward(_ gradient: FloatBuffer, count: Int) -> FloatBuffer {
        for sample in 0..<count {
            let place = gradient.at(sample * output.count)
            inputGradient.at(sample * input.count).update(from: place, count: input.count)
            bodyGradient.at(sample * body.output.count)
                .update(from: place + input.count, count: body.output.count)
        }
        let below = body.backward(bodyGradient, count: count)
        ck_add(inputGradient.base, below.base, count * input.count)
        return inputGradient
    }
}
