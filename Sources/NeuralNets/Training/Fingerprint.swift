/// A 64-bit FNV-1a hash, taken over eight-byte words: tells damage, not malice.
public enum Fingerprint {
    public static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.withUnsafeBytes { raw in
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            var offset = 0
            while offset + 8 <= raw.count {
                // Within bounds: checked by the loop.
                hash =
                    (hash ^ UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
                    &* 0x100_0000_01b3
                hash ^= hash >> 32
                offset += 8
            }
            for byte in raw[offset...] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return hash ^ UInt64(raw.count)
        }
    }
}
