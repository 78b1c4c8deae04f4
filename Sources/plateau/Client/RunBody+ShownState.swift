import API

extension RunBody {
    /// The state in one word, also while the run's worker is about to let go of it.
    var shownState: String { state == "running" && pause != nil ? "pausing" : state }
}
