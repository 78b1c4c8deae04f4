/// Names for requests, as they stand in answers and in the log.
struct RequestID {
    private static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    /// With the prefix 15 bytes, which a String holds without memory of its own.
    private static let length = 11

    // SplitMix64: the ids must differ, nobody is kept from guessing them, and the kernel's generator takes longer than
    // the rest of an answer's head.
    private var state = UInt64.random(in: .min ... .max)

    /// A new one: `req_` and 11 letters or digits.
    mutating func make() -> String {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        mixed ^= mixed >> 31
        return String(unsafeUninitializedCapacity: 4 + Self.length) { buffer in
            // Within bounds: the prefix's four bytes and `length` more.
            _ = buffer.update(fromContentsOf: "req_".utf8)
            for index in 4..<4 + Self.length {
                buffer[index] = Self.alphabet[Int(mixed % 36)]
                mixed /= 36
            }
            return 4 + Self.length
        }
    }

    /// A client's own, where it is short and harmless in a log.
    static func isSound(_ offered: String) -> Bool {
        (1...64).contains(offered.utf8.count) && offered.utf8.allSatisfy(CharacterClass.requestID.contains)
    }
}
