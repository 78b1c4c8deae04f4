import CCodecs

enum Mask {
    /// A grey value from half of the range up is foreground.
    static let threshold: UInt8 = 128

    /// Share of a mask's pixels that are foreground.
    static func foreground(_ mask: DecodedImage) -> Double {
        let grey = mask.grey
        return Double(plateau_count_from(threshold, grey, grey.count)) / Double(grey.count)
    }
}
