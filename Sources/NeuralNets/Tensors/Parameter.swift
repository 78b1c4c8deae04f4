/// A trained tensor as MONAI names and shapes it, and where its numbers are in the arena.
struct Parameter {
    /// As in MONAI's state dict.
    let name: String
    let shape: [Int]
    let arena: ParameterArena
    let placement: Placement

    var count: Int { shape.reduce(1, *) }

    var values: [Float] { read(arena.values) }
    var gradient: [Float] { read(arena.gradients) }
    var firstMoment: [Float] { read(arena.firstMoments) }
    var secondMoment: [Float] { read(arena.secondMoments) }

    /// Draws the values in row-major order, without a list of them all.
    func drawValues(_ next: () -> Float) {
        placement.each(shape) { _, offset in arena.values.at(offset).pointee = next() }
    }

    /// - Precondition: as many values as the shape has.
    func write(_ values: [Float], to buffer: FloatBuffer) {
        precondition(values.count == count)
        placement.each(shape) { index, offset in buffer.at(offset).pointee = values[index] }
    }

    private func read(_ buffer: FloatBuffer) -> [Float] {
        var values = [Float](repeating: 0, count: count)
        values.withUnsafeMutableBufferPointer { values in
            placement.each(shape) { index, offset in values[index] = buffer.at(offset).pointee }
        }
        return values
    }
}

/// Where each number of a tensor lies in the arena.
enum Placement {
    /// One after another from `offset` on.
    case run(offset: Int)
    /// A convolution's weights [K, C, taps…] in blocks, as ck_blocked_conv.h has them. Channel k of K is number
    /// `narrow[k]` of the narrow tensor's channels, channel c of C number `wide[c]` of the wide one's.
    case blocked(offset: Int, narrow: [Int], wide: [Int], wideBlocks: Int)
    /// The same where the wide tensor is planar: [K blocks][C][taps][16 of K].
    case planar(offset: Int, narrow: [Int])

    /// Calls `body` with each index of the tensor, in row-major order, and its place in the arena.
    func each(_ shape: [Int], _ body: (Int, Int) -> Void) {
        switch self {
        case .run(let offset):
            for index in 0..<shape.reduce(1, *) { body(index, offset + index) }
        case .blocked(let offset, let narrow, let wide, let wideBlocks):
            let taps = shape[2...].reduce(1, *)
            var index = 0
            for k in narrow {
                for c in wide {
                    let block = (k / Lanes.count * wideBlocks + c / Lanes.count) * taps
                    for tap in 0..<taps {
                        let tile = (block + tap) * Lanes.count + c % Lanes.count
                        body(index, offset + tile * Lanes.count + k % Lanes.count)
                        index += 1
                    }
                }
            }
        case .planar(let offset, let narrow):
            let rest = shape[1...].reduce(1, *)
            var index = 0
            for k in narrow {
                for place in 0..<rest {
                    body(index, offset + (k / Lanes.count * rest + place) * Lanes.count + k % Lanes.count)
                    index += 1
                }
            }
        }
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
