/// Resizes planes of 8-bit numbers with a triangle filter that widens as the image shrinks, so that every input pixel
/// counts: antialiased when shrinking, bilinear when growing.
struct Resampler {
    private let rows: [TriangleTaps]
    private let columns: [TriangleTaps]
    private let width: Int

    init(height: Int, width: Int, toHeight: Int, toWidth: Int) {
        self.width = width
        rows = TriangleTaps.all(from: height, to: toHeight)
        columns = TriangleTaps.all(from: width, to: toWidth)
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
}
