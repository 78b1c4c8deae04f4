/// Which cases train, validate and test. Groups never straddle; the same cases, fractions and seed give the same split
/// on every machine.
public struct DatasetSplit: Sendable, Codable, Hashable {
    public struct Fractions: Sendable, Codable, Hashable {
        public var train: Double
        public var validation: Double
        public var test: Double

        /// The default is 0.7, 0.1, 0.2.
        public init(train: Double = 0.7, validation: Double = 0.1, test: Double = 0.2) {
            self.train = train
            self.validation = validation
            self.test = test
        }
    }

    public var seed: UInt64
    public var fractions: Fractions
    /// Ids, sorted.
    public var train: [String]
    public var validation: [String]
    public var test: [String]

    /// Groups in random order go, one by one, to the part that lacks most of its share, so that the parts come as near
    /// to their fractions as whole groups allow.
    ///
    /// - Throws: `DatasetError.unusableSplit` when there are fewer than three groups.
    public init(cases: [DatasetCase], fractions: Fractions, seed: UInt64) throws {
        let groups = Dictionary(grouping: cases, by: \.group).mapValues { $0.map(\.id).sorted() }
        guard groups.count >= 3 else {
            throw DatasetError.unusableSplit(
                "train, validation and test need at least 3 groups of cases (patients, videos); there "
                    + (groups.count == 1 ? "is 1" : "are \(groups.count)"))
        }
        var generator = SplitMix(seed: seed)
        // Large groups first among the shuffled: what is left to even out are the small ones.
        let order = generator.shuffled(groups.keys.sorted())
            .enumerated().sorted { left, right in
                let (leftSize, rightSize) = (groups[left.element]?.count ?? 0, groups[right.element]?.count ?? 0)
                return leftSize != rightSize ? leftSize > rightSize : left.offset < right.offset
            }.map(\.element)
        let wanted = [fractions.train, fractions.validation, fractions.test].map { $0 * Double(cases.count) }
        var parts: [[String]] = [[], [], []]
        for (index, group) in order.enumerated() {
            let left = order.count - index
            let empty = parts.indices.filter { parts[$0].isEmpty }
            // The last groups go where there is nothing yet.
            let candidates = empty.count >= left ? empty : Array(parts.indices)
            let part =
                candidates.max { wanted[$0] - Double(parts[$0].count) < wanted[$1] - Double(parts[$1].count) } ?? 0
            parts[part] += groups[group] ?? []
        }
        self.seed = seed
        self.fractions = fractions
        train = parts[0].sorted()
        validation = parts[1].sorted()
        test = parts[2].sorted()
    }
}
