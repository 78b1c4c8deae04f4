extension Surrogate {
    /// The one that comes with the program, version 0: trained on the prior alone, by the command that its provenance
    /// names.
    public static let shipped: Surrogate = {
        do {
            return try Surrogate(version: 0, bytes: PackageResources.surrogate_bin)
        } catch {
            // Part of the program, and decoded by its tests.
            preconditionFailure("\(error)")
        }
    }()
}
