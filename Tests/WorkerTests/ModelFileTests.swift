import Datasets
import Foundation
import NeuralNets
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct ModelFileTests {
    /// The file alone tells how to build the network, what to feed it, and where it came from.
    @Test func tellsHowToUseTheWeights() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run.with { $0.depth = 3 })
        try await server.serve { try await study.drain(server, $0) }

        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        let network = try object(file.metadata["monai_unet"])
        #expect(network["spatial_dims"] as? Int == 2 && network["in_channels"] as? Int == study.manifest.channels)
        #expect(network["out_channels"] as? Int == 1 && network["num_res_units"] as? Int == 2)
        #expect(network["channels"] as? [Int] == [16, 32, 64] && network["strides"] as? [Int] == [2, 2])
        #expect(network["act"] as? String == "PRELU" && network["norm"] as? String == "BATCH")
        let input = try object(file.metadata["input"])
        #expect(input["image_size"] as? [Int] == [16, 16])
        #expect(input["normalization"] as? String == "(x / 255 - 0.5) / 0.25")
        #expect((input["padding"] as? String)?.contains("multiple of 4;") == true)
        let output = try object(file.metadata["output"])
        #expect(output["activation"] as? String == "sigmoid" && output["classes"] as? [String] == ["foreground"])
        #expect(file.metadata["data_hash"] == study.dataHash)
        #expect(file.metadata["seed"] == "7" && file.metadata["train_size"] == "5" && file.metadata["steps"] == "6")
        #expect(file.metadata["format"] == "pt")

        let configuration = UNetConfiguration(inChannels: study.manifest.channels, outChannels: 1, layers: 3)
        let trained = file.tensors.filter { !$0.key.contains("running_") && !$0.key.hasSuffix("num_batches_tracked") }
        #expect(trained.values.reduce(0) { $0 + $1.values.count } == configuration.parameterCount)
        #expect(file.tensors["model.0.conv.unit0.conv.weight"]?.shape == [16, study.manifest.channels, 3, 3])
    }

    /// The weights are those that were tested: the last checkpoint has the same.
    @Test func holdsTheLastCheckpointsWeights() async throws {
        let study = try TinyStudy()
        let server = try study.server()
        server.add(study.run)
        try await server.serve { try await study.drain(server, $0) }
        let file = try SafeTensors(bytes: try #require(server.model(of: "run")))
        let saved = try #require(server.checkpoint(of: "run"))
        let network = try RunProgress.unwrap(saved.bytes).network
        let checkpoint = try SafeTensors(bytes: Array(network.dropLast(8)))
        let weights = file.tensors.filter { !$0.key.hasSuffix("num_batches_tracked") }
        #expect(weights.count > 10)
        for (name, tensor) in weights { #expect(checkpoint.tensors["weights/" + name] == tensor, "\(name)") }
    }

    private func object(_ json: String?) throws -> [String: Any] {
        let text = try #require(json)
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}
