import NeuralNets

extension Surrogate {
    /// "PLSG", then little-endian: format, networks, inputs, hidden units, outputs, bytes of the provenance, factors of the
    /// calibration (UInt32 each; no factors where there is none), the provenance in UTF-8, the factors (Float32), the
    /// parameters (Float16) of one network after the other, and the FNV-1a 64-bit hash of all before it.
    private static let magic: [UInt8] = Array("PLSG".utf8)
    /// Also counts changes of ``SurrogateFeatures`` and ``QuantileHead``: weights mean nothing under others.
    private static let format: UInt32 = 5
    private static let headerSize = 32
    private static let checksumSize = 8

    /// Decodes what ``encoded()`` wrote.
    ///
    /// - throws: ``LearningCurvesError/damagedSurrogate(problem:)`` for anything else, truncated and altered bytes
    ///   included.
    public init(version: Int, bytes: [UInt8]) throws {
        func refuse(_ problem: String) -> LearningCurvesError { .damagedSurrogate(problem: problem) }
        guard bytes.count >= Self.headerSize + Self.checksumSize, bytes.starts(with: Self.magic) else {
            throw refuse("is not one, or is cut short")
        }
        let end = bytes.count - Self.checksumSize
        guard Self.number(bytes[end...]) == Self.checksum(bytes[..<end]) else {
            throw refuse("is damaged (its checksum does not match)")
        }
        let header = (0..<7).map { Int(Self.number(bytes[(4 + 4 * $0)..<(8 + 4 * $0)])) }
        guard header[0] == Int(Self.format) else {
            throw refuse("has format \(header[0]); this program reads \(Self.format)")
        }
        let configuration = try Self.configuration()
        let factors = Self.headerSize + header[5]
        let start = factors + 4 * header[6]
        guard header[1...4].elementsEqual(Self.sizes), [0, Calibration.count].contains(header[6]), start <= end,
            end - start == 2 * Self.members * configuration.parameterCount
        else { throw refuse("has another shape than this program's") }
        let parameters = stride(from: start, to: end, by: 2).map { at in
            Float(Float16(bitPattern: UInt16(Self.number(bytes[at..<(at + 2)]))))
        }
        guard parameters.allSatisfy(\.isFinite) else { throw refuse("holds weights that are not finite") }
        let calibration = stride(from: factors, to: start, by: 4).map { at in
            Float(bitPattern: UInt32(Self.number(bytes[at..<(at + 4)])))
        }
        guard calibration.allSatisfy(Calibration.bounds.contains) else {
            throw refuse("holds factors of its intervals that are out of bounds")
        }
        let networks = try (0..<Self.members).map { member in
            let first = member * configuration.parameterCount
            return try LSTM(
                configuration: configuration,
                parameters: Array(parameters[first..<(first + configuration.parameterCount)]))
        }
        try self.init(
            version: version, provenance: String(decoding: bytes[Self.headerSize..<factors], as: UTF8.self),
            calibration: calibration.isEmpty ? nil : Calibration(factors: calibration), models: networks)
    }

    /// The weights as bytes, with format version, provenance and checksum; without ``version``.
    public func encoded() -> [UInt8] {
        let text = Array(provenance.utf8)
        var bytes = Self.magic
        let factors = calibration?.factors ?? []
        for value in [Int(Self.format)] + Self.sizes + [text.count, factors.count] {
            bytes += Self.bytes(UInt64(value), count: 4)
        }
        bytes += text
        for factor in factors { bytes += Self.bytes(UInt64(factor.bitPattern), count: 4) }
        for model in models {
            for parameter in model.parameters { bytes += Self.bytes(UInt64(Float16(parameter).bitPattern), count: 2) }
        }
        return bytes + Self.bytes(Self.checksum(bytes[...]), count: Self.checksumSize)
    }

    private static let sizes = [members, SurrogateFeatures.count, hiddenSize, QuantileHead.count]

    private static func number(_ littleEndian: ArraySlice<UInt8>) -> UInt64 {
        littleEndian.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes(_ value: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
    }
}
