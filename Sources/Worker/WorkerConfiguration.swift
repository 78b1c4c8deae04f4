import Glibc
public import HTTP
public import NeuralNets

/// Where a worker finds its work and what it may use.
public struct WorkerConfiguration: Sendable {
    /// `http://HOST:PORT`, `https://HOST:PORT` or `unix:/PATH`.
    public var server: String
    /// Whom to take for the server over HTTPS. The default is whom the system trusts.
    public var trust = TLSTrust()
    /// A token of the role worker.
    public var token: String
    /// Threads of the training itself; results don't depend on it.
    public var threads: Int
    /// What the training computes with; results of two kinds differ by rounding. The default is the widest that the machine
    /// has.
    public var instructions = Instructions.best
    /// Where packed data sets and manifests are kept; made when missing. Workers of a machine share it.
    public var cacheDirectory: String
    /// Shown beside the runs it holds.
    public var name: String
    /// How long a worker that was told to stop goes on trying to save and release its run, in seconds, where the server
    /// does not answer. The default is 5.
    public var farewellSeconds = 5.0
    /// A test's signal: called after each step with the number of steps done, on the training's thread.
    var afterStep: (@Sendable (_ stepsDone: Int) -> Void)?

    public init(server: String, token: String, threads: Int, cacheDirectory: String, name: String) {
        self.server = server
        self.token = token
        self.threads = threads
        self.cacheDirectory = cacheDirectory
        self.name = name
    }
}

/// Why a worker, or one of its runs, cannot go on.
public enum WorkerError: Error, Sendable, CustomStringConvertible {
    /// The attempt is not this worker's any more: drop it.
    case lost
    /// `stop()` was called.
    case stopped
    /// The server wants the run back, to go on with later.
    case paused
    /// The server does not take the token: no use in going on.
    case refused(String)
    /// The run cannot succeed, here or anywhere.
    case hopeless(String)
    /// The server cannot be reached, or answers nonsense.
    case server(String)
    /// A checkpoint cannot be used: begin anew.
    case damaged(String)
    /// The worker's own disk refuses.
    case io(path: String, code: Int32)

    /// The run goes on later from where it stands.
    var endsWithCheckpoint: Bool {
        switch self {
        case .stopped, .paused: true
        case .lost, .refused, .hopeless, .server, .damaged, .io: false
        }
    }

    public var description: String {
        switch self {
        case .lost: "the run was taken back"
        case .stopped: "the worker was told to stop"
        case .paused: "the run was paused"
        case .refused(let detail): "the server refuses this worker's token: \(detail)"
        case .hopeless(let detail), .server(let detail), .damaged(let detail): detail
        case .io(let path, let code):
            "cannot write \(path): \(String(cString: strerror(code))). Free some space or choose another --cache-dir."
        }
    }
}
