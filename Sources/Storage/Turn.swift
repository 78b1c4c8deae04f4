import GRDB

/// A submitter with a run that waits, and what decides who comes next: the least does.
struct Turn: Comparable {
    /// Runs.
    let inTraining: Int
    /// By its runs, of late.
    let trainedSeconds: Double
    /// Turns are counted over all submitters: the lowest is the longest ago.
    let last: Int64
    let submitter: String
    /// The oldest of those that wait.
    let run: Int64

    /// Nil where none of the submitter's runs waits.
    /// - Parameter row: in this order.
    init?(row: Row) {
        guard let oldest: Int64 = row[4] else { return nil }
        inTraining = row[0]
        trainedSeconds = row[1]
        last = row[2]
        submitter = row[3]
        run = oldest
    }

    static func < (left: Turn, right: Turn) -> Bool {
        (left.inTraining, left.trainedSeconds, left.last, left.submitter)
            < (right.inTraining, right.trainedSeconds, right.last, right.submitter)
    }
}
