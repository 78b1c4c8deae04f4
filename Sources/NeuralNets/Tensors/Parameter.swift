/// A trained tensor with its gradient and Adam's two moments.
final class Parameter {
    /// As in MONAI's state dict.
    let name: String
    let shape: [Int]
    let value: FloatBuffer
    let gradient: FloatBuffer
    let firstMoment: FloatBuffer
    let secondMoment: FloatBuffer

    init(_ name: String, shape: [Int]) {
        self.name = name
        self.shape = shape
        let count = shape.reduce(1, *)
        value = FloatBuffer(count: count)
        gradient = FloatBuffer(count: count)
        firstMoment = FloatBuffer(count: count)
        secondMoment = FloatBuffer(count: count)
    }
}

/// State that is kept with the weights and not trained: running statistics.
final class StateBuffer {
    let name: String
    let shape: [Int]
    let value: FloatBuffer

    init(_ name: String, shape: [Int], initial: Float) {
        self.name = name
        self.shape = shape
        value = FloatBuffer([Float](repeating: initial, count: shape.reduce(1, *)))
    }
}
