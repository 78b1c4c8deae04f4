/// Resizes planes of 8-bit numbers with a triangle filter that widens as the image shrinks, so that every input pixel
/// counts: antialiased when shrinking, bilinear when growing.
struct Resampler {
    /// For one output position: the first input position and the weights from there on, summing to 1.
    private struct Taps {
        var first: Int
        var weights: [Float]
    }

    private let rows: [Taps]
    private let columns: [Taps]
    private let width: Int

    init(height: Int, width: Int, toHeight: Int, toWidth: Int) {
        self.width = width
        rows = Self.taps(height, toHeight)
        columns = Self.taps(width, toWidth)
    }

    /// - Parameters:
    ///   - pixels: rows of `channels` interleaved bytes.
    ///   - channel: the one to resize.
    func resize(_ pixels: [UInt8], channel: Int, of channels: Int) -> [Float] {
        var output = [Float](repeating: 0, count: rows.count * columns.count)
        var line = [Float](repeating: 0, count: width)
        for (y, taps) in rows.enumerated() {
            for x in 0..<width { line[x] = 0 }
            for (offset, weight) in taps.weights.enumerated() {
                let start = (taps.first + offset) * width * channels + channel
                for x in 0..<width { line[x] += weight * Float(pixels[start + x * channels]) }
            }
            for (x, taps) in columns.enumerated() {
                var sum: Float = 0
                for (offset, weight) in taps.weights.enumerated() { sum += weight * line[taps.first + offset] }
                output[y * columns.count + x] = sum
            }
        }
        return output
    }

    private static func taps(_ from: Int, _ to: Int) -> [Taps] {
        let scale = Double(from) / Double(to)
        let reach = max(1, scale)
        return (0..<to).map { index in
            let centre = (Double(index) + 0.5) * scale
            let first = max(0, Int((centre - reach).rounded(.down)))
            let last = min(from - 1, Int((centre + reach).rounded(.up)))
            let weights = (first...last).map { max(0, 1 - abs(Double($0) + 0.5 - centre) / reach) }
            let sum = weights.reduce(0, +)
            return Taps(first: first, weights: weights.map { Float($0 / sum) })
        }
    }
}
