/// One thing that happened to a sweep or one of its runs, as far as it is still to be seen: every epoch record, and of
/// states the latest.
public struct Change: Sendable {
    public enum Content: Sendable {
        case epoch(EpochRecord, runID: String)
        /// A run's state or attempt; the run as it is now.
        case run(RunRecord)
        /// The sweep's state; the sweep as it is now.
        case sweep(SweepRecord)
    }

    public let position: Position
    public let content: Content

    /// Where a change stands in its sweep's order. What happens later stands behind everything that was there before.
    public struct Position: Sendable, Hashable, Comparable {
        /// The sweep's version after the change; 0 for what it began with.
        var moment: Int64
        /// 0 for the sweep itself.
        var run: Int64
        /// 0 for a state.
        var epoch: Int64

        /// Before everything.
        public static let start = Position(moment: -1, run: 0, epoch: 0)

        init(moment: Int64, run: Int64, epoch: Int64) {
            self.moment = moment
            self.run = run
            self.epoch = epoch
        }

        /// Nil where `text` is no position.
        public init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { part -> Int64? in
                part.utf8.count <= 18 && part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(part) : nil
            }
            guard parts.count == 3, let moment = parts[0], let run = parts[1], let epoch = parts[2] else { return nil }
            self.init(moment: moment, run: run, epoch: epoch)
        }

        public var text: String { "\(moment)-\(run)-\(epoch)" }

        public static func < (left: Position, right: Position) -> Bool {
            (left.moment, left.run, left.epoch) < (right.moment, right.run, right.epoch)
        }
    }
}
