import Datasets
import Foundation
import NeuralNets

/// A run's weights as they leave the worker: the trainer's safetensors file, with what is needed to use them written
/// into its metadata. Nothing in it depends on the attempt, the run's id or the machine: the same training gives the same bytes.
struct ModelFile {
    /// The arguments of MONAI's `UNet`.
    private struct Network: Encodable {
        var spatialDims: Int
        var inChannels: Int
        var outChannels: Int
        var channels: [Int]
        var strides: [Int]
        var numResUnits = 2
        var act = "PRELU"
        var norm: String
    }

    /// What images the network was shown.
    private struct ImageInput: Encodable {
        /// Height, width.
        var imageSize: [Int]?
        var normalization = "(x / 255 - 0.5) / 0.25"
        var resampling = "triangle filter, antialiased"
        var padding: String
    }

    /// What volumes the network was shown.
    private struct VolumeInput: Encodable {
        /// Depth, height, width.
        var patchSize: [Int]?
        /// Of the voxels, in mm; nil as they are stored.
        var spacing: [Double]?
        var normalization =
            "each channel to mean 0 and deviation 1, clipped to ±10, over the voxels that are not 0 in every channel where "
            + "these surroundings are a quarter of the data set or more, else over all"
        var inference =
            "sliding window of the patch's size, overlap 0.5, logits averaged with Gaussian weights of deviation 1/8"
        var padding: String
    }

    /// What the network's numbers mean.
    private struct Output: Encodable {
        var activation: String
        /// Foreground classes; with softmax the background comes before them.
        var classes: [String]
    }

    let claim: Claim
    let classes: LabelClasses
    let configuration: UNetConfiguration
    /// Optimizer steps that made the weights.
    let steps: Int

    /// - Parameter exported: the weights under MONAI's state-dict names.
    /// - Throws: `NeuralNetsError.unreadable` where they are no safetensors file.
    func bytes(_ exported: [UInt8]) throws -> [UInt8] {
        var file = try SafeTensors(bytes: exported)
        file.metadata.merge(try metadata) { $1 }
        return file.encoded()
    }

    private var metadata: [String: String] {
        get throws {
            [
                "monai_unet": try json(
                    Network(
                        spatialDims: configuration.dimensions, inChannels: configuration.inChannels,
                        outChannels: configuration.outChannels,
                        channels: configuration.channels,
                        strides: Array(repeating: 2, count: configuration.layers - 1),
                        norm: configuration.normalization.rawValue.uppercased())),
                "input": try configuration.dimensions == 2
                    ? json(ImageInput(imageSize: claim.training.imageSize, padding: padding))
                    : json(
                        VolumeInput(
                            patchSize: claim.training.patchSize, spacing: claim.training.spacing, padding: padding)),
                "output": try json(
                    Output(activation: claim.training.output, classes: classes.map(\.name))),
                "data_hash": claim.dataset.dataHash,
                "seed": "\(claim.run.seed)",
                "train_size": "\(claim.run.size)",
                "steps": "\(steps)",
            ]
        }
    }

    /// MONAI's network takes no other sizes.
    private var padding: String {
        "zeros behind each axis, to a multiple of \(configuration.sizeMultiple); cut off the output again"
    }

    private func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        // Sorted, so that equal values are equal bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
