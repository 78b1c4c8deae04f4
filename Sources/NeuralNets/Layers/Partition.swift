import Dispatch

/// Spreads independent pieces of work over threads. Which piece computes what never depends on the number of threads,
/// so results don't either.
struct Partition {
    let threads: Int

    /// Calls `body` once for each index, on this thread and up to `threads` − 1 others.
    func each(_ count: Int, _ body: (Int) -> Void) {
        guard threads > 1, count > 1 else {
            for index in 0..<count { body(index) }
            return
        }
        let width = min(threads, count)
        withoutActuallyEscaping(body) { body in
            let work = Uncheckable(body: body)
            DispatchQueue.concurrentPerform(iterations: width) { worker in
                for index in stride(from: worker, to: count, by: width) { work.body(index) }
            }
        }
    }

    /// The pieces write to disjoint parts of the buffers, which the compiler cannot see.
    private struct Uncheckable: @unchecked Sendable {
        let body: (Int) -> Void
    }
}
