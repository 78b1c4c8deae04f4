import API

extension RunBody {
    /// The state in one word, also while the run's worker is about to let go of it.
    var shownState: String {
        switch state {
        case "running" where pause != nil: "pausing"
        case "stopped_early": "stopped"
        default: state
        }
    }

    /// The final test DSC: as measured or, marked with `~`, as it is forecast for a run that was stopped early.
    var shownTestDSC: String { earlyStop.map { "~" + Words.dsc($0.forecast.value) } ?? Words.dsc(testDSC) }
}
