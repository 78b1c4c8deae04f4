/// Which cases train, validate and test; fixed at registration.
public struct StoredSplit: Codable, Sendable {
    public var fractions: DatasetBody.Split
    public var train: [String]
    public var validation: [String]
    public var test: [String]

    public init(fractions: DatasetBody.Split, train: [String], validation: [String], test: [String]) {
        self.fractions = fractions
        self.train = train
        self.validation = validation
        self.test = test
    }
}
