/// What a token may do.
public enum Role: String, Codable, Sendable, CaseIterable {
    /// Reads everything but tokens.
    case reader
    /// Reads, registers data sets, submits and cancels.
    case submitter
    /// Speaks the worker protocol and nothing else.
    case worker
    /// Everything.
    case admin

    func allows(_ needed: Role) -> Bool {
        switch (self, needed) {
        case (.admin, _), (.submitter, .submitter), (.submitter, .reader), (.reader, .reader), (.worker, .worker): true
        default: false
        }
    }
}
