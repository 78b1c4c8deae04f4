import NeuralNets

/// What one training sample is made of.
struct Sample: Sendable {
    /// [C, D, H, W].
    var image: [Float]
    /// [D, H, W]: label values.
    var labels: [UInt8]
    /// D, H, W; D is 1 for images.
    var size: [Int]
}

/// Where training samples come from: images, or boxes out of volumes.
protocol SampleSource: Sendable {
    /// Of image or volume.
    var channels: Int { get }

    /// One sample of a case.
    ///
    /// - Parameters:
    ///   - size: D, H, W of what the network will see.
    ///   - scale: at which it will see it; a volume gives a larger or smaller box for it.
    ///   - generator: of this sample alone; where a box is cut is drawn from it.
    /// - Throws: `DatasetError`.
    func sample(of id: String, size: [Int], scale: Double, generator: inout CounterGenerator) throws -> Sample
}
