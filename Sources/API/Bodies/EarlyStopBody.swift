/// How a run that was stopped early stood then, and what its final DSC is forecast to have become.
public struct EarlyStopBody: Codable, Sendable, Hashable {
    /// A forecast, with its 90 % interval.
    public struct Interval: Codable, Sendable, Hashable {
        public var value: Double
        public var low: Double
        public var high: Double
    }

    /// Of the final test DSC: `testDSC`, and what the validation DSC was expected still to gain.
    public var forecast: Interval
    /// Of the surrogate that made the forecast; 0 for the one that comes with the program.
    public var modelVersion: Int
    /// Measured on the test cases with the network as it was at the stop.
    public var testDSC: Double
    /// Standard deviation over the test cases.
    @OrNull public var testDSCSD: Double?

    enum CodingKeys: String, CodingKey {
        case forecast, modelVersion
        case testDSC = "testDsc"
        case testDSCSD = "testDscSd"
    }
}
