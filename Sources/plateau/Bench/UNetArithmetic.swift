/// How much a residual U-Net computes, counted from its shape alone, as the convolutions of MONAI's
/// `UNet(num_res_units=2, strides=2)` with 16·2^level channels; everything else is small beside them.
struct UNetArithmetic {
    let inChannels: Int
    let outChannels: Int
    let layers: Int
    /// In any order of the axes; not a multiple of 2^(layers − 1) is counted as the next one, to which it is padded.
    let size: [Int]

    /// Floating-point operations of a training step, for each image: two for every multiply-add, and as much again for
    /// each of the two backward products as for the forward one. The image's gradient, which nobody needs, is counted
    /// like the others.
    var trainingOperations: Double { 2 * 3 * multiplyAdds }

    /// Of the forward pass of one image, those that meet the padding included.
    var multiplyAdds: Double {
        var sum = residualUnit(level: layers - 2, channels(layers - 2), channels(layers - 1), stride: 1)
        for level in 0..<layers - 1 {
            let isTop = level == 0
            let own = channels(level)
            let isLowest = level == layers - 2
            sum += residualUnit(level: level, isTop ? inChannels : channels(level - 1), own, stride: 2)
            // Up again: a transposed convolution of what came from below beside what skipped it, then a plain one.
            let joined = own + (isLowest ? channels(level + 1) : own)
            let out = isTop ? outChannels : channels(level - 1)
            sum += convolution(joined, out, positions: positions(level + 1))
            sum += convolution(out, out, positions: positions(level))
        }
        return sum
    }

    /// - Parameter level: the resolution of its input.
    private func residualUnit(level: Int, _ from: Int, _ to: Int, stride: Int) -> Double {
        // The lowest unit doesn't stride: its input has been halved already.
        let output = positions(level + 1)
        let shortcut =
            stride == 2 ? convolution(from, to, positions: output) : Double(from * to) * output
        return convolution(from, to, positions: output) + convolution(to, to, positions: output) + shortcut
    }

    /// With a kernel of 3 along each axis.
    ///
    /// - Parameter positions: of the output, or of the input if the convolution is transposed.
    private func convolution(_ from: Int, _ to: Int, positions: Double) -> Double {
        Double(from * to) * size.reduce(1) { product, _ in product * 3 } * positions
    }

    /// After `halvings` of each axis.
    private func positions(_ halvings: Int) -> Double {
        let multiple = 1 << (layers - 1)
        return size.reduce(1) { $0 * Double(($1 + multiple - 1) / multiple * multiple >> halvings) }
    }

    private func channels(_ level: Int) -> Int { 16 << level }
}
