/// What a network multiplies with. Weights, sums and everything between the convolutions are fp32 in either.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case fp32
    /// Factors of the convolutions are rounded to bf16, 8 bits of mantissa, for dot products that only some processors
    /// have; the same bits again on the same kind of processor.
    case bf16

    /// Whether this machine can, with its widest instructions.
    public var isAvailable: Bool { self == .fp32 || HalfConvolution.isAvailable }
}
