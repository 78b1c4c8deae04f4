/// What the API needs of data sets on disk. The executable fills it in from the `Datasets` and `NeuralNets` targets,
/// which the API does not import.
public struct DatasetCatalogue: Sendable {
    /// A folder to look through.
    public struct Candidate: Sendable {
        public var path: String
        public var layout: String
        public var split: DatasetBody.Split
        /// Leave bad files out instead of refusing the data set.
        public var excludeBad: Bool
        /// The caller holds the operator's rights; see `ServerOptions.dataRoots`.
        public var asOperator: Bool
    }

    /// What was found there.
    public struct Finding: Sendable {
        public var canonicalPath: String
        public var dimensions: Int
        public var channels: Int
        public var classes: [DatasetBody.LabelClass]
        public var dataHash: String
        /// The manifest as workers read it.
        public var manifestJSON: String
        public var split: StoredSplit
        public var groups: Int
        /// Height and width, after a depth in 3D.
        public var smallest: [Int]
        public var largest: [Int]
        public var median: [Int]
        /// Nil in 2D.
        public var spacing: DatasetBody.Spacing?
        public var meanForeground: Double
        public var problems: [DatasetBody.FileProblem]

        public init(
            canonicalPath: String, dimensions: Int, channels: Int, classes: [DatasetBody.LabelClass],
            dataHash: String, manifestJSON: String, split: StoredSplit, groups: Int, smallest: [Int], largest: [Int],
            median: [Int],
            spacing: DatasetBody.Spacing?, meanForeground: Double, problems: [DatasetBody.FileProblem]
        ) {
            self.canonicalPath = canonicalPath
            self.dimensions = dimensions
            self.channels = channels
            self.classes = classes
            self.dataHash = dataHash
            self.manifestJSON = manifestJSON
            self.split = split
            self.groups = groups
            self.smallest = smallest
            self.largest = largest
            self.median = median
            self.spacing = spacing
            self.meanForeground = meanForeground
            self.problems = problems
        }
    }

    /// Why a folder cannot be registered; each case's text says what to do.
    public enum Refusal: Error, Sendable {
        case pathNotAllowed(String)
        case wrongLayout(String)
        case unusableSplit(String)
        case badFiles([DatasetBody.FileProblem])
    }

    /// A run's training images: the first `size` of the seed's order of the train pool.
    public struct Subset: Sendable {
        public var cases: [String]
        public var hash: String

        public init(cases: [String], hash: String) {
            self.cases = cases
            self.hash = hash
        }
    }

    /// A network of a sweep.
    public struct Network: Sendable, Hashable {
        /// 2 or 3.
        public var dimensions: Int
        public var inChannels: Int
        public var outChannels: Int
        /// Levels.
        public var depth: Int
        public var normalization: TrainingBody.Normalization
    }

    /// - Throws: `Refusal`, or whatever reading the disk throws.
    public var find: @Sendable (Candidate) async throws -> Finding
    /// Pool, size, seed.
    public var subset: @Sendable ([String], Int, Int) -> Subset
    /// Parameters of a network.
    public var parameterCount: @Sendable (Network) -> Int

    public init(
        find: @escaping @Sendable (Candidate) async throws -> Finding,
        subset: @escaping @Sendable ([String], Int, Int) -> Subset,
        parameterCount: @escaping @Sendable (Network) -> Int
    ) {
        self.find = find
        self.subset = subset
        self.parameterCount = parameterCount
    }
}
