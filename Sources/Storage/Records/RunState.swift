/// Where a run is on its way. `queued`, `running` and `paused` can change; the others are final.
public enum RunState: String, Sendable, CaseIterable {
    case queued, running, paused, succeeded
    case stoppedEarly = "stopped_early"
    case failed, cancelled

    public var isFinal: Bool {
        switch self {
        case .queued, .running, .paused: false
        case .succeeded, .stoppedEarly, .failed, .cancelled: true
        }
    }
}

/// Who holds a run back.
public enum RunPause: String, Sendable {
    /// The run was paused on its own, and resumes on its own.
    case run
    /// With its sweep, and resumes with it.
    case sweep
}

/// Where a sweep is. It follows from its runs, but for `paused`, which it is while it was paused itself.
public enum SweepState: String, Sendable, CaseIterable {
    case queued, running, paused, succeeded, failed, cancelled

    public var isFinal: Bool {
        switch self {
        case .queued, .running, .paused: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}
