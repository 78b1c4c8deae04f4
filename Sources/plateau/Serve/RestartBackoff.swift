/// How long to wait before a dead worker is started again: doubling from `first` to `longest` while it dies young.
struct RestartBackoff: Sendable {
    var first = Duration.milliseconds(500)
    var longest = Duration.seconds(30)
    /// A worker that lived this long is in good health: its next death counts as its first.
    var healthy = Duration.seconds(60)

    /// The count of early deaths in a row, this one included.
    func deaths(after lifetime: Duration, previous: Int) -> Int {
        lifetime >= healthy ? 1 : previous + 1
    }

    /// - Parameter deaths: from 1.
    func pause(deaths: Int) -> Duration {
        min(longest, first * (1 << min(deaths - 1, 16)))
    }
}
