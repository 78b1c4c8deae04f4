import Datasets
import NeuralNets

/// Whole images, resized to what the network sees.
struct ImageSource: SampleSource {
    let data: PackedDataset

    var channels: Int { data.channels }

    func sample(of id: String, size: [Int], scale: Double, generator: inout CounterGenerator) throws -> Sample {
        let (image, mask) = try data.batch([id])
        return Sample(image: image, labels: mask.map { $0 > 0.5 ? 1 : 0 }, size: [1, data.height, data.width])
    }
}
