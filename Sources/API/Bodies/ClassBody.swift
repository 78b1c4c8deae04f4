/// A foreground class of a data set.
public struct ClassBody: Codable, Sendable, Hashable {
    public var name: String
    /// The label values that belong to it, from 1 to 255. A value may belong to several classes, which then overlap.
    public var values: [Int]

    public init(name: String, values: [Int]) {
        self.name = name
        self.values = values
    }
}
