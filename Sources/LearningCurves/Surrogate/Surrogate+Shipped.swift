import CResources

extension Surrogate {
    /// The one that comes with the program, version 0: trained on the prior alone, by the command that its provenance
    /// names.
    public static let shipped: Surrogate = {
        do {
            let file = plateau_surrogate()
            // Constant bytes of the program, as many as it says.
            return try Surrogate(
                version: 0, bytes: [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count)))
        } catch {
            // Part of the program, and decoded by its tests.
            preconditionFailure("\(error)")
        }
    }()
}
