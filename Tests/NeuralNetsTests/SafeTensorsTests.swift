import Foundation
import Testing

@testable import NeuralNets

@Suite struct SafeTensorsTests {
    @Test func roundTrip() throws {
        let file = SafeTensors(
            tensors: [
                "a": Tensor(shape: [2, 3], values: [1, -2, 3.5, .infinity, 0, -0.25]),
                "empty": Tensor(shape: [0], values: []),
                "scalar": Tensor(shape: [], values: [7]), "x.num_batches_tracked": Tensor(shape: [], values: [12]),
            ],
            metadata: ["format": "pt", "quote": "\"ü\""])
        let bytes = file.encoded()
        let back = try SafeTensors(bytes: bytes)
        #expect(back.tensors == file.tensors && back.metadata == file.metadata)
        #expect(back.encoded() == bytes)
        // The data begins at a multiple of eight, and integers are written as such.
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(length % 8 == 0)
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        #expect(header.contains(#""x.num_batches_tracked":{"data_offsets":[28,36],"dtype":"I64","shape":[]}"#))
    }

    private func file(_ header: String, data: Int = 8) -> [UInt8] {
        let json = Array(header.utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json
            + [UInt8](repeating: 0, count: data)
    }

    @Test(arguments: [
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#,
        #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"Q7","shape":[2],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,8]}}"#,
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#, #"{"a":7}"#, "[]", "{", "",
        #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
    ]) func malformedFilesAreRefused(_ header: String) {
        #expect(throws: NeuralNetsError.self) { try SafeTensors(bytes: file(header)) }
    }

    @Test func cutOffFilesAreRefused() {
        let whole = SafeTensors(tensors: ["a": Tensor(shape: [3], values: [1, 2, 3])]).encoded()
        for length in 0..<whole.count {
            #expect(throws: NeuralNetsError.self) { try SafeTensors(bytes: Array(whole.prefix(length))) }
        }
        #expect(throws: NeuralNetsError.self) { try SafeTensors(bytes: [UInt8](repeating: 0xff, count: 64)) }
    }
}
