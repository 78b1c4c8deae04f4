/// Makes the ids of new rows: a prefix that tells the kind, then 16 random characters (80 bits).
struct Identifiers: Sendable {
    /// Crockford's base 32: no letters that read like digits.
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    let randomBytes: @Sendable (Int) -> [UInt8]

    func make(_ prefix: String) -> String {
        prefix + "_" + String(randomBytes(16).map { Self.alphabet[Int($0 & 31)] })
    }
}
