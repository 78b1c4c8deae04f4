import Foundation

/// The reference numbers of `Resources/lstm.safetensors`, computed by PyTorch's `nn.LSTM` and `nn.Linear`.
struct LSTMReference {
    struct Entry: Decodable {
        let dtype: String
        let shape: [Int]
        let dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    private let entries: [String: Entry]
    private let data: Data

    init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("Resources/lstm.safetensors")
        let all = try Data(contentsOf: file)
        let headerSize = all.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        entries = try JSONDecoder().decode([String: Entry].self, from: all.dropFirst(8).prefix(headerSize))
        data = Data(all.dropFirst(8 + headerSize))
    }

    func shape(_ name: String) -> [Int] { entries[name]?.shape ?? [] }

    func floats(_ name: String) -> [Float] { values(name, as: Float.self) }

    func integers(_ name: String) -> [Int] { values(name, as: Int64.self).map(Int.init) }

    private func values<T>(_ name: String, as type: T.Type) -> [T] {
        guard let offsets = entries[name]?.dataOffsets else { return [] }
        return data[offsets[0]..<offsets[1]].withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map {
                bytes.loadUnaligned(fromByteOffset: $0, as: type)
            }
        }
    }
}
