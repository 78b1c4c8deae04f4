import Foundation

/// The safetensors file format: eight bytes of header length, a JSON header, then the numbers, little-endian.
public struct SafeTensors: Sendable {
    public var tensors: [String: Tensor]
    /// Free text, under `__metadata__`.
    public var metadata: [String: String]

    public init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
        self.tensors = tensors
        self.metadata = metadata
    }

    /// Reads fp32 tensors; 64-bit numbers are taken as their nearest fp32.
    ///
    /// - Throws: `NeuralNetsError.unreadable` where the bytes are not a whole, sound file.
    public init(bytes: [UInt8]) throws {
        func refuse(_ why: String) -> NeuralNetsError { .unreadable("not a safetensors file: \(why)") }
        guard bytes.count >= 8 else { throw refuse("it is \(bytes.count) bytes long") }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8) else { throw refuse("its header is cut off") }
        let start = 8 + Int(length)
        guard let header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<start])) as? [String: Any] else {
            throw refuse("its header is not JSON")
        }
        metadata = header["__metadata__"] as? [String: String] ?? [:]
        tensors = [:]
        for (name, value) in header where name != "__metadata__" {
            guard let entry = value as? [String: Any], let type = entry["dtype"] as? String,
                let shape = entry["shape"] as? [Int], let offsets = entry["data_offsets"] as? [Int], offsets.count == 2,
                shape.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }), offsets[0] >= 0, offsets[0] <= offsets[1],
                offsets[1] <= bytes.count - start
            else { throw refuse("the entry \(name) is broken") }
            // Capped, so that hostile shapes do not overflow; no file is that large.
            let count = shape.reduce(1) { min($0 * $1, 1 << 32) }
            let run = bytes[(start + offsets[0])..<(start + offsets[1])]
            switch type {
            case "F32" where run.count == 4 * count:
                tensors[name] = Tensor(shape: shape, values: Self.floats(run))
            case "F64" where run.count == 8 * count:
                tensors[name] = Tensor(
                    shape: shape, values: Self.words(run).map { Float(Double(bitPattern: $0)) })
            case "I64" where run.count == 8 * count:
                tensors[name] = Tensor(shape: shape, values: Self.words(run).map { Float(Int64(bitPattern: $0)) })
            default: throw refuse("\(name) is of type \(type), shape \(shape) and \(run.count) bytes")
            }
        }
    }

    /// The file's bytes, entries in the order of their names. Names ending in `num_batches_tracked` are written as
    /// 64-bit integers, as PyTorch keeps them.
    public func encoded() -> [UInt8] {
        var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
        var data: [UInt8] = []
        data.reserveCapacity(tensors.values.reduce(0) { $0 + 4 * $1.values.count })
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            let first = data.count
            let isInteger = name.hasSuffix("num_batches_tracked")
            for value in tensor.values {
                if isInteger {
                    withUnsafeBytes(of: (Int64(exactly: value.rounded()) ?? 0).littleEndian) {
                        data.append(contentsOf: $0)
                    }
                } else {
                    withUnsafeBytes(of: value.bitPattern.littleEndian) { data.append(contentsOf: $0) }
                }
            }
            header[name] = [
                "dtype": isInteger ? "I64" : "F32", "shape": tensor.shape, "data_offsets": [first, data.count],
            ]
        }
        var json = [UInt8]((try? JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])) ?? Data())
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
        return length + json + data
    }

    private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 4).map { offset in
                // Within bounds: the caller checked that the run is a whole number of values.
                Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }

    private static func words(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        bytes.withUnsafeBytes { raw in
            stride(from: 0, to: raw.count, by: 8).map { offset in
                UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
        }
    }
}
