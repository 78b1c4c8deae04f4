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

    /// A foreground class: what a network learns to tell from the rest.
    public struct LabelClass: Codable, Sendable, Hashable {
        public var name: String
        /// Label values that belong to it; one may belong to several classes.
        public var values: [Int]

        /// Of masks, in 2D.
        static let mask = LabelClass(name: "foreground", values: [1])

        public init(name: String, values: [Int]) {
            self.name = name
            self.values = values
        }
    }

    /// Edges of voxels along z, y, x in millimetres: the least and the most of each over all cases.
    public struct Spacing: Codable, Sendable, Hashable {
        public var smallest: [Double]
        public var largest: [Double]
        /// Null for data sets of older servers.
        @OrNull public var median: [Double]?

        public init(smallest: [Double], largest: [Double], median: [Double]? = nil) {
            self.smallest = smallest
            self.largest = largest
            self.median = median
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
    public var classes: [LabelClass]
    public var dataHash: String
    public var cases: Cases
    public var groups: Int
    public var split: Split
    /// Height and width of the image with the fewest pixels, or depth, height and width of the volume with the fewest
    /// voxels.
    public var smallest: [Int]
    /// The same of the one with the most.
    public var largest: [Int]
    /// The median of each side over all cases, which a default patch follows; null for data sets of older servers.
    @OrNull public var median: [Int]?
    /// Null in 2D.
    @OrNull public var spacing: Spacing?
    /// Mean over cases of the share of pixels or voxels that are foreground.
    public var meanForeground: Double
    public var problems: [FileProblem]
    public var problemCount: Int
    public var createdAt: Date
}
