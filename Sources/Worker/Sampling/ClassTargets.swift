import Datasets

/// What the network should say of a sample: a plane of 0 and 1 for each of its outputs.
struct ClassTargets: Sendable {
    /// Of the data set.
    let classes: LabelClasses
    /// The background comes first, and of all planes one is 1 at each place.
    let isSoftmax: Bool

    /// Output planes of the network, K.
    var planes: Int { classes.count + (isSoftmax ? 1 : 0) }

    /// - Returns: [K, P] of P labels.
    func planes(of labels: [UInt8]) -> [Float] { classes.targets(labels, softmax: isSoftmax) }
}
