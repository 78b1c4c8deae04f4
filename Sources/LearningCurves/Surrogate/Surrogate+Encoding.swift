import NeuralNets

extension Surrogate {
    /// "PLSG", then little-endian: format, inputs, hidden units, outputs (UInt32 each), the parameters (Float), and the
    /// FNV-1a 64-bit hash of all before it.
    private static let magic: [UInt8] = Array("PLSG".utf8)
    /// Also counts changes of ``SurrogateFeatures`` and ``QuantileHead``: weights mean nothing under others.
    private static let format: UInt32 = 1
    private static let headerSize = 20
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
        let header = (0..<4).map { Self.number(bytes[(4 + 4 * $0)..<(8 + 4 * $0)]) }
        guard header[0] == UInt64(Self.format) else {
            throw refuse("has format \(header[0]); this program reads \(Self.format)")
        }
        let configuration = try Self.configuration()
        guard header[1...].elementsEqual(Self.sizes(configuration).map(UInt64.init)),
            end - Self.headerSize == 4 * configuration.parameterCount
        else { throw refuse("has another shape than this program's") }
        let parameters = (0..<configuration.parameterCount).map { index in
            let start = Self.headerSize + 4 * index
            return Float(bitPattern: UInt32(Self.number(bytes[start..<(start + 4)])))
        }
        guard parameters.allSatisfy(\.isFinite) else { throw refuse("holds weights that are not finite") }
        self.init(version: version, model: try LSTM(configuration: configuration, parameters: parameters))
    }

    /// The weights as bytes, with format version and checksum; without ``version``.
    public func encoded() -> [UInt8] {
        var bytes = Self.magic
        for value in [Int(Self.format)] + Self.sizes(model.configuration) {
            bytes += Self.bytes(UInt64(value), count: 4)
        }
        for parameter in model.parameters { bytes += Self.bytes(UInt64(parameter.bitPattern), count: 4) }
        return bytes + Self.bytes(Self.checksum(bytes[...]), count: Self.checksumSize)
    }

    private static func sizes(_ configuration: LSTMConfiguration) -> [Int] {
        [configuration.inputSize, configuration.hiddenSize, configuration.outputSize]
    }

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
