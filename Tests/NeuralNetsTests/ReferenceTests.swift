import Testing

@testable import NeuralNets

/// The network gives MONAI's numbers.
@Suite struct ReferenceTests {
    @Test(arguments: ReferenceCase.names) func namesAndShapesAreMONAIs(_ name: String) throws {
        let reference = try ReferenceCase(name)
        let trainer = try reference.trainer()
        let ours = Dictionary(
            uniqueKeysWithValues: trainer.network.parameters.map { ($0.name, $0.shape) }
                + trainer.network.buffers.map { ($0.name, $0.shape) })
        let theirs = Dictionary(
            uniqueKeysWithValues: reference.file.tensors.compactMap { name, tensor in
                name.hasPrefix("weights/") && !name.hasSuffix("num_batches_tracked")
                    ? (String(name.dropFirst("weights/".count)), tensor.shape) : nil
            })
        #expect(ours == theirs)
        let counted = trainer.network.parameters.reduce(0) { $0 + $1.count }
        #expect(reference.configuration.parameterCount == counted)
    }

    @Test(arguments: ReferenceCase.names, Instructions.available)
    func outputMatches(_ name: String, _ instructions: Instructions) throws {
        let reference = try ReferenceCase(name)
        let output = try reference.trainer(instructions: instructions).logits(
            images: try reference.tensor("batch/input"), training: true)
        #expect(relativeDifference(output, try reference.tensor("expect/output")) < 1e-4)
    }

    @Test(arguments: ReferenceCase.names, Instructions.available)
    func gradientsMatch(_ name: String, _ instructions: Instructions) throws {
        let reference = try ReferenceCase(name)
        let trainer = try reference.trainer(instructions: instructions)
        _ = try trainer.computeGradients(
            images: try reference.tensor("batch/input"), targets: try reference.tensor("batch/target"))
        // A bias in front of a normalisation has a gradient of exactly zero; what is left there is rounding, to be
        // measured against the gradient of the whole network.
        let all = try trainer.network.parameters.flatMap { try reference.tensor("expect/grad/" + $0.name) }
        let scale = all.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
        for parameter in trainer.network.parameters {
            let expected = try reference.tensor("expect/grad/" + parameter.name)
            let norm = expected.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
            let difference = relativeDifference(parameter.gradient, expected) * norm
            #expect(difference < 1e-4 * max(norm, 1e-3 * scale), "\(parameter.name)")
        }
    }

    @Test(arguments: ReferenceCase.names, Instructions.available)
    func tenStepsMatch(_ name: String, _ instructions: Instructions) throws {
        let reference = try ReferenceCase(name)
        let trainer = try reference.trainer(instructions: instructions)
        let images = try reference.tensor("batch/input")
        let targets = try reference.tensor("batch/target")
        for (step, expected) in try reference.tensor("expect/losses").enumerated() {
            let loss = try trainer.step(images: images, targets: targets)
            #expect(abs(loss - expected) < 1e-4 * abs(expected), "step \(step)")
        }
        let output = try trainer.predict(images: images)
        // A convolution's bias in front of batch norm has a gradient of rounding errors alone, which Adam scales up to
        // whole steps. Training does not see such a bias; evaluation does, through the running mean that lags behind.
        let tolerance = reference.configuration.normalization == .batch ? 1e-2 : 1e-5
        #expect(relativeDifference(output, try reference.tensor("expect/output_eval")) < tolerance)
    }

    @Test(arguments: [2, 3]) func parameterCountAgreesAtEveryDepth(_ dimensions: Int) throws {
        for layers in 2...(dimensions == 3 ? 5 : 7) {
            for normalization in UNetConfiguration.Normalization.allCases {
                let configuration = UNetConfiguration(
                    dimensions: dimensions, inChannels: 3, outChannels: 2, layers: layers,
                    normalization: normalization)
                // Two positions are left at the bottom.
                let size =
                    [2 * configuration.sizeMultiple]
                    + [Int](
                        repeating: configuration.sizeMultiple, count: dimensions - 1)
                let network = try UNet(
                    configuration: configuration, batch: 1, size: size, threads: 1, instructions: .best)
                #expect(configuration.parameterCount == network.parameters.reduce(0) { $0 + $1.count })
            }
        }
    }
}
