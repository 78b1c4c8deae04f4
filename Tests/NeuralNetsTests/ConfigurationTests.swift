import Testing

@testable import NeuralNets

/// Networks that cannot be are refused, and those that can are MONAI's.
@Suite struct ConfigurationTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        var channels: [Int]
        var batch = 2
        var size = [32, 32]
        var normalization = UNetConfiguration.Normalization.batch
        var testDescription: String { "\(channels) on \(batch)×\(size), \(normalization)" }
    }

    @Test(arguments: [
        Refused(channels: []), Refused(channels: [16]), Refused(channels: [16, 0]), Refused(channels: [16, -4]),
        Refused(channels: [16, 1 << 40]), Refused(channels: [Int](repeating: 4, count: 17)),
        Refused(channels: [4, 8], batch: 0),
        Refused(channels: [4, 8], batch: -1), Refused(channels: [4, 8], size: [0, 32]),
        Refused(channels: [4, 8], size: [-2, 32]),
        Refused(channels: [4, 8, 16], size: [32, 30]), Refused(channels: [4, 8], size: [1 << 40, 1 << 40]),
        Refused(channels: [4, 8, 8, 8, 8, 8], batch: 1),
        Refused(channels: [4, 8, 8, 8, 8, 8], normalization: .instance),
    ]) func impossibleNetworks(_ refused: Refused) {
        #expect(throws: NeuralNetsError.self) {
            try UNet(
                configuration: UNetConfiguration(
                    inChannels: 1, outChannels: 1, channels: refused.channels, normalization: refused.normalization),
                batch: refused.batch, size: refused.size, threads: 1, instructions: .best)
        }
    }

    /// Where neither stride nor channels change, MONAI's residual unit adds its input as it is.
    @Test func equalChannelsHaveNoShortcutConvolution() throws {
        let network = try UNet(
            configuration: UNetConfiguration(inChannels: 1, outChannels: 1, channels: [4, 8, 8]), batch: 2,
            size: [8, 8], threads: 1, instructions: .best)
        let shortcuts = network.parameters.map(\.name).filter { $0.hasSuffix("residual.weight") }
        #expect(shortcuts == ["model.0.residual.weight", "model.1.submodule.0.residual.weight"])
        #expect(network.configuration.parameterCount == network.parameters.reduce(0) { $0 + $1.count })
    }

    @Test func initialWeightsDependOnTheSeedAlone() throws {
        func weights(_ seed: UInt64, batch: Int = 2, threads: Int = 1) throws -> [[Float]] {
            let network = try UNet(
                configuration: UNetConfiguration(inChannels: 3, outChannels: 1, layers: 3), batch: batch,
                size: [16, 16], threads: threads, instructions: .best)
            network.initialize(seed: seed)
            return network.parameters.map(\.values)
        }
        let first = try weights(1)
        #expect(try weights(1, batch: 4, threads: 2) == first)
        #expect(try weights(2) != first)
        // Uniform within 1/√fan-in: 3·9 inputs of the first convolution.
        let bound = 1 / Float(27).squareRoot()
        #expect(first[0].allSatisfy { abs($0) <= bound } && (first[0].max() ?? 0) > 0.9 * bound)
    }
}
