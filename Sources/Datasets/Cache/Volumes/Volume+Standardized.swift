import CCodecs

extension Volume {
    /// Values end up at most this far from the mean, in standard deviations.
    static let clip: Float = 10

    /// Makes each channel's mean 0 and its deviation 1, clipped to ±10; a constant channel becomes 0.
    ///
    /// - Parameter masked: what is 0 in every channel is no part of the picture (a skull-stripped brain's surroundings,
    ///   say): it does not count, and stays 0.
    mutating func standardize(masked: Bool) {
        let size = size
        var mask: [UInt8]?
        if masked {
            var found = [UInt8](repeating: 0, count: size)
            forEachChannel { plateau_mask_nonzero(&found, $0, size) }
            mask = found
        }
        changeEachChannel { values in
            var (mean, deviation) = (0.0, 0.0)
            // Within bounds: size values, and as many of the mask.
            plateau_moments(values, mask, size, &mean, &deviation)
            // Below the resolution of the values themselves, the deviation is that of rounding.
            let factor = deviation > 1e-6 * abs(mean) ? 1 / deviation : 0
            plateau_standardize(values, mask, size, mean, factor, Self.clip)
        }
    }
}
