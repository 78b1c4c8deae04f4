import Foundation
import Testing

@testable import NeuralNets

/// A network computed by MONAI on PyTorch: initial weights, one batch, and what training it for ten steps gave.
struct ReferenceCase: CustomTestStringConvertible {
    static let names = [
        "2d_3levels_batch", "2d_4levels_instance", "2d_6levels_batch", "3d_3levels_instance", "3d_4levels_batch",
    ]

    let name: String
    let file: SafeTensors
    let configuration: UNetConfiguration
    let size: [Int]
    let batch: Int

    private struct Description: Decodable {
        var inChannels: Int
        var outChannels: Int
        var channels: [Int]
        var norm: String
        var size: [Int]
        var batch: Int

        enum CodingKeys: String, CodingKey {
            case inChannels = "in_channels"
            case outChannels = "out_channels"
            case channels, norm, size, batch
        }
    }

    init(_ name: String) throws {
        self.name = name
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Resources")
        file = try SafeTensors(bytes: [UInt8](Data(contentsOf: folder.appending(path: name + ".safetensors"))))
        let description = try JSONDecoder().decode(
            Description.self, from: Data(contentsOf: folder.appending(path: name + ".json")))
        configuration = UNetConfiguration(
            dimensions: description.size.count, inChannels: description.inChannels,
            outChannels: description.outChannels,
            channels: description.channels, normalization: description.norm == "BATCH" ? .batch : .instance)
        size = description.size
        batch = description.batch
    }

    var testDescription: String { name }

    func tensor(_ name: String) throws -> [Float] {
        guard let tensor = file.tensors[name] else { throw NeuralNetsError.unreadable("no \(name) in \(self.name)") }
        return tensor.values
    }

    /// A trainer with the reference's weights.
    func trainer(threads: Int = 1, instructions: Instructions = .best) throws -> UNetTrainer {
        let trainer = try UNetTrainer(
            configuration: configuration, recipe: TrainingRecipe(schedule: .constant, totalSteps: 10),
            batchSize: batch, size: size, seed: 0, threads: threads, instructions: instructions)
        for parameter in trainer.network.parameters {
            parameter.write(try tensor("weights/" + parameter.name), to: parameter.arena.values)
        }
        trainer.network.weightsChanged()
        for buffer in trainer.network.buffers { buffer.value.copy(from: try tensor("weights/" + buffer.name)) }
        return trainer
    }
}

/// ‖a − b‖ / ‖b‖ in the Euclidean norm.
func relativeDifference(_ actual: [Float], _ expected: [Float]) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let difference = zip(actual, expected).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    let scale = expected.reduce(0) { $0 + Double($1) * Double($1) }
    return (difference / max(scale, 1e-30)).squareRoot()
}
