/// What the server wants of a worker, besides training on. That a run was cancelled needs no order: the attempt is stale.
public enum WorkerOrder: String, Sendable {
    /// Save a checkpoint after the step under way, release the run, and claim the next.
    case pause
    /// End the run after the step under way: evaluate the test cases, send the weights, and finish.
    case stopEarly = "stop_early"
}
