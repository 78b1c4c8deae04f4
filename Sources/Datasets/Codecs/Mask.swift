enum Mask {
    /// A grey value from half of the range up is foreground.
    static let threshold: UInt8 = 128
}
