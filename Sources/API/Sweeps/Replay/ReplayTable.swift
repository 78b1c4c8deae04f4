import Foundation
import LearningCurves
import Storage

/// How close adaptive sweeps come to full ones, question by question.
public struct ReplayTable: Sendable, Encodable {
    /// A number of images, as an estimate gives it.
    public struct Size: Sendable, Encodable {
        public let value: Int
        public let low: Int
        public let high: Int?
        public let median: Int?

        /// Of the target where one was asked for, else of the plateau.
        init?(_ estimate: SizeEstimate, _ query: EstimateQuery) {
            guard let size = query.targetDSC == nil ? estimate.nPlateau : estimate.nTarget?.size else { return nil }
            (value, low, high, median) = (size.value, size.low, size.high, size.median)
        }
    }

    /// One replay.
    public struct Replay: Sendable, Encodable {
        /// Nil where the adaptive sweep gives none.
        public let size: Size?
        public let depth: Int?
        public let end: String
        /// Each as `size/depth/seed`, in the order in which they were chosen.
        public let runs: [String]
        public let share: Double
    }

    /// One question to one sweep.
    public struct Row: Sendable, Encodable {
        public let sweep: String
        public let targetDSC: Double?
        public let delta: Double
        /// By the full sweep; nil where that gives none.
        public let size: Size?
        public let depth: Int?
        public let replays: [Replay]

        /// ln(adaptive n/full n) of the replays, where both give one.
        public var logRatios: [Double] { logRatios { $0.value } }
        /// Of the sizes that are as likely too small as too large.
        public var medianLogRatios: [Double] { logRatios { $0.median ?? $0.value } }

        private func logRatios(_ n: (Size) -> Int) -> [Double] {
            replays.compactMap { replay in
                guard let mine = replay.size, let size else { return nil }
                return log(Double(n(mine)) / Double(n(size)))
            }
        }

        /// Replays whose interval holds the full sweep's n.
        public var contained: Int {
            replays.count { replay in
                guard let mine = replay.size, let size else { return false }
                return mine.low <= size.value && size.value <= mine.high ?? .max
            }
        }

        /// Replays that give an n where the full sweep gives none, or none where it gives one.
        public var disagreeing: Int { replays.count { ($0.size == nil) != (size == nil) } }
    }

    public let rows: [Row]

    /// The gains asked for.
    static let deltas = [0.005, 0.01, 0.02, 0.04]
    /// The targets asked for: what the full sweep expects at these shares of the way from its smallest to its largest size,
    /// in log n.
    static let targets = [0.25, 0.5, 0.75]

    /// - Parameters:
    ///   - draws: replays of each question.
    ///   - progress: told how many questions are answered, and of how many.
    public init(
        _ sweeps: [SweepReplay], precision: Double, draws: Int, progress: (Int, Int) -> Void = { _, _ in }
    ) throws {
        var rows: [Row] = []
        let count = sweeps.count * (Self.deltas.count + Self.targets.count)
        for sweep in sweeps {
            for query in try Self.questions(of: sweep) {
                let whole = try sweep.whole(query)
                let replays = try (0..<draws).map { draw in
                    let outcome = try sweep.adaptive(query, precision: precision, draw: draw)
                    return Replay(
                        size: Size(outcome.estimate, query), depth: outcome.estimate.depth, end: outcome.end,
                        runs: outcome.runs.map { "\($0.size)/\($0.depth)/\($0.seed)" }, share: outcome.share)
                }
                rows.append(
                    Row(
                        sweep: sweep.name, targetDSC: query.targetDSC, delta: query.delta, size: Size(whole, query),
                        depth: whole.depth, replays: replays))
                progress(rows.count, count)
            }
        }
        self.rows = rows
    }

    private static func questions(of sweep: SweepReplay) throws -> [EstimateQuery] {
        let plain = try sweep.whole(EstimateQuery())
        let curve = plain.byDepth.first { $0.depth == plain.depth }?.curve ?? []
        let targets = curve.isEmpty ? [] : targets.map { curve[Int(($0 * Double(curve.count - 1)).rounded())].dsc }
        return deltas.map { EstimateQuery(delta: $0) }
            + targets.map { EstimateQuery(targetDSC: ($0 * 1000).rounded() / 1000) }
    }
}
