import API

/// The runs of a sweep as the client last heard of them, and which of them to ask for again when the sweep changes:
/// a sweep of thousands changes with every epoch, but only in the few runs at work.
struct KnownRuns {
    /// In the order of the server's list.
    private(set) var all: [RunBody] = []

    /// More that left the workers' hands at once are cheaper to read as a list.
    private static let askedOneByOne = 8

    mutating func replace(with runs: [RunBody]) {
        all = runs
    }

    /// Takes in newer states of some runs.
    mutating func merge(_ runs: [RunBody]) {
        let newer = Dictionary(runs.map { ($0.id, $0) }) { $1 }
        for index in all.indices {
            if let run = newer[all[index].id] { all[index] = run }
        }
    }

    /// The runs that were at work and are not among those that are now; nil where it takes the whole list to tell.
    func left(running: [RunBody]) -> [String]? {
        guard !all.isEmpty else { return nil }
        let now = Set(running.map(\.id))
        let left = all.filter { $0.state == "running" && !now.contains($0.id) }.map(\.id)
        return left.count <= Self.askedOneByOne ? left : nil
    }

    /// Whether these are all the runs and in the states that the sweep counts; else something was missed.
    func agree(with counts: SweepBody.RunCounts) -> Bool {
        let states = Dictionary(grouping: all, by: \.state).mapValues(\.count)
        return all.count == counts.total && states["queued", default: 0] == counts.queued
            && states["running", default: 0] == counts.running && states["paused", default: 0] == counts.paused
            && states["succeeded", default: 0] == counts.succeeded
            && states["stopped_early", default: 0] == counts.stoppedEarly
            && states["failed", default: 0] == counts.failed && states["cancelled", default: 0] == counts.cancelled
    }
}
