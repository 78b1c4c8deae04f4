/// Named numbers with a shape, row-major; a value to pass around, not to compute with.
public struct Tensor: Sendable, Hashable {
    public var shape: [Int]
    public var values: [Float]

    /// - Precondition: the shape's product is the number of values.
    public init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count)
        self.shape = shape
        self.values = values
    }
}
