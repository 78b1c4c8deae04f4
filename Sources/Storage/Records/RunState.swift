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

/// Where a sweep is; it follows from its runs.
public enum SweepState: String, Sendable, CaseIterable {
    case queued, running, paused, succeeded, failed, cancelled

    public var isFinal: Bool {
        switch self {
        case .queued, .running, .paused: false
        case .succeeded, .failed, .cancelled: true
        }
    }
}
