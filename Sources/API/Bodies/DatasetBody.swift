public import Foundation

/// A registered data set, as `GET /v1/datasets/{id}` answers it.
public struct DatasetBody: Codable, Sendable {
    public struct Cases: Codable, Sendable {
        public var total: Int
        public var train: Int
        public var validation: Int
        public var test: Int
    }

    public struct Split: Codable, Sendable {
        public var seed: UInt64
        /// Fractions of the cases, by group.
        public var train: Double
        public var validation: Double
        public var test: Double

        public init(seed: UInt64, train: Double, validation: Double, test: Double) {
            self.seed = seed
            self.train = train
            self.validation = validation
            self.test = test
        }
    }

    /// A file that was left out at registration.
    public struct FileProblem: Codable, Sendable, Hashable {
        public var file: String
        public var reason: String
        public var detail: String

        public init(file: String, reason: String, detail: String) {
            self.file = file
            self.reason = reason
            self.detail = detail
        }
    }

    public var id: String
    public var name: String
    public var path: String
    public var layout: String
    public var dimensions: Int
    public var channels: Int
    public var dataHash: String
    public var cases: Cases
    public var groups: Int
    public var split: Split
    /// Height and width of the image with the fewest pixels.
    public var smallest: [Int]
    /// Height and width of the image with the most pixels.
    public var largest: [Int]
    /// Mean over cases of the share of pixels that are foreground.
    public var meanForeground: Double
    public var problems: [FileProblem]
    public var problemCount: Int
    public var createdAt: Date
}
