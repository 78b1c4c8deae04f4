/// Mirroring and quarter turns of a box: which axis of the source each axis of the result follows, and which way.
struct AxisMap: Sendable, Equatable {
    /// For each axis of the result, D, H, W, the axis of the source.
    private(set) var source = [0, 1, 2]
    /// Whether it is followed backwards.
    private(set) var isReversed = [false, false, false]

    /// Mirrors the result along an axis.
    mutating func flip(_ axis: Int) { isReversed[axis].toggle() }

    /// Turns the result by 90° within the plane of two axes, whose sides must be equal: what lay along `first` comes to
    /// lie along `second`, backwards.
    mutating func turn(_ first: Int, _ second: Int) {
        source.swapAt(first, second)
        isReversed.swapAt(first, second)
        isReversed[first].toggle()
    }

    /// Copies one channel.
    ///
    /// - Parameters:
    ///   - size: D, H, W of source and result.
    ///   - from: as many elements as the box has.
    ///   - to: as many; does not overlap `from`.
    /// - Precondition: axes that are exchanged have equal sides.
    func copy<Element: BitwiseCopyable>(
        _ from: UnsafePointer<Element>, to: UnsafeMutablePointer<Element>, size: [Int]
    ) {
        precondition((0..<3).allSatisfy { size[$0] == size[source[$0]] })
        let sourceStrides = [size[1] * size[2], size[2], 1]
        let strides = (0..<3).map { sourceStrides[source[$0]] * (isReversed[$0] ? -1 : 1) }
        let start = (0..<3).reduce(0) { $0 + (isReversed[$1] ? (size[$1] - 1) * sourceStrides[source[$1]] : 0) }
        let (step, width) = (strides[2], size[2])
        var row = 0
        for z in 0..<size[0] {
            for y in 0..<size[1] {
                // Within bounds: an index along each axis, forwards or backwards, of a box of the same sides.
                let first = from + start + z * strides[0] + y * strides[1]
                let out = to + row * width
                if step == 1 {
                    out.update(from: first, count: width)
                } else {
                    for x in 0..<width { out[x] = first[x * step] }
                }
                row += 1
            }
        }
    }
}
