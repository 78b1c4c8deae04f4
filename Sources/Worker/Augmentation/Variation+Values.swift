extension Variation {
    /// Changes contrast and brightness, then adds noise.
    ///
    /// - Parameter image: [C, voxels].
    func changeValues(_ image: UnsafeMutablePointer<Float>, channels: Int, voxels: Int) {
        if contrast != 1 || brightness != 0 {
            // Within bounds: `voxels` values of each channel.
            for channel in 0..<channels { changeContrast(image + channel * voxels, voxels) }
        }
        guard noise > 0 else { return }
        var generator = noiseGenerator
        for place in 0..<channels * voxels { image[place] += noise * Self.nearlyNormal(generator.next()) }
    }

    private func changeContrast(_ plane: UnsafeMutablePointer<Float>, _ voxels: Int) {
        var sum = 0.0
        for place in 0..<voxels { sum += Double(plane[place]) }
        let mean = Float(sum / Double(voxels))
        let shift = mean - contrast * mean + brightness
        for place in 0..<voxels { plane[place] = contrast * plane[place] + shift }
    }

    /// A number of mean 0 and deviation 1 from 64 random bits: the sum of four uniform ones (Irwin 1927, Hall 1927). Unlike
    /// one made with a logarithm and a cosine it is cheap, and equal to the bit on every machine; its tails end at 3.46.
    static func nearlyNormal(_ bits: UInt64) -> Float {
        let sum = (bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48)
        // Less the mean, 4 · 65535 / 2, over the root of the variance, 4 · (65536² − 1) / 12.
        return (Float(Int(sum)) - 131_070) * (1 / 37_837.227)
    }
}
