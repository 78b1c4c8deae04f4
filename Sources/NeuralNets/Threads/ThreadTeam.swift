import CKernels
import Dispatch
import Foundation
import Synchronization

/// Spreads independent pieces of work over threads that wait for it. Which piece computes what never depends on the
/// number of threads, so results don't either.
final class ThreadTeam {
    let threads: Int
    private let members: TeamMembers

    /// - Parameter threads: at least 1, the caller's own among them.
    init(threads: Int) {
        precondition(threads >= 1)
        self.threads = threads
        members = TeamMembers(count: threads - 1)
        members.start()
    }

    deinit { members.stop() }

    /// Calls `body` once for each index, on this thread and the members. One call at a time.
    func each(_ count: Int, _ body: (Int) -> Void) {
        each(count) { index, _ in body(index) }
    }

    /// The same for work that needs room of its own: `body` also gets the number of its thread, 0 ..< `threads`.
    func each(_ count: Int, _ body: (Int, Int) -> Void) {
        guard threads > 1, count > 1 else {
            for index in 0..<count { body(index, 0) }
            return
        }
        withoutActuallyEscaping(body) { body in
            // Members borrow the closure where it lies: a copy of theirs might outlive this call by a moment.
            withUnsafePointer(to: body) { members.each(count, $0) }
        }
    }
}

/// The threads beside the caller's.
///
/// A network's pass is hundreds of calls of a few microseconds each, so waiting members spin for a moment before they
/// sleep.
///
/// `@unchecked Sendable`: `job` is written by the thread that calls `each` and read by members between its announcement
/// and their last sign, which order the two.
private final class TeamMembers: @unchecked Sendable {
    private struct Job {
        let count: Int
        let body: UnsafePointer<(Int, Int) -> Void>
    }

    private final class Member: Sendable {
        let isAsleep = Atomic<Bool>(false)
        let wake = DispatchSemaphore(value: 0)
    }

    /// Looks at the announcement before a member sleeps: one or two tenths of a millisecond, longer than nearly every part
    /// of a step that one thread does alone. A member that sleeps is woken through the kernel, which costs 10 µs or more.
    private static let spins = 4000

    /// Of what is left, a thread takes one of so many shares for each thread.
    private static let sharesOfThread = 4

    private let members: [Member]
    private let announced = Atomic<Int>(0)
    private let next = Atomic<Int>(0)
    private let working = Atomic<Int>(0)
    private let isOver = Atomic<Bool>(false)
    private let alive = DispatchGroup()
    private var job: Job?

    init(count: Int) {
        members = (0..<count).map { _ in Member() }
    }

    func start() {
        for (index, member) in members.enumerated() {
            alive.enter()
            let thread = Thread { [self] in
                serve(member, thread: index + 1)
                alive.leave()
            }
            thread.name = "plateau-train-\(index + 1)"
            thread.start()
        }
    }

    func stop() {
        isOver.store(true, ordering: .sequentiallyConsistent)
        announce()
        alive.wait()
    }

    func each(_ count: Int, _ body: UnsafePointer<(Int, Int) -> Void>) {
        let job = Job(count: count, body: body)
        self.job = job
        next.store(0, ordering: .relaxed)
        working.store(members.count, ordering: .relaxed)
        announce()
        work(job, 0)
        var turns = 0
        while working.load(ordering: .acquiring) > 0 {
            turns += 1
            ck_wait_hint()
            // Where the cores are not all ours, a member may not even be running.
            if turns > Self.spins { sched_yield() }
        }
        self.job = nil
    }

    private func announce() {
        announced.add(1, ordering: .sequentiallyConsistent)
        for member in members where member.isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
            member.wake.signal()
        }
    }

    /// Not inlined, so that nothing of the closure is held when it returns.
    @inline(never)
    private func work(_ job: Job, _ thread: Int) {
        // Held once, not once a piece: the count of its holders lies in one line of memory for all threads.
        let body = job.body.pointee
        // Several at a time while there are many, and single ones at the end, so that all are done at once: `next` lies in
        // one line of memory for all threads, and neighbours share what they read.
        let share = Self.sharesOfThread * (members.count + 1)
        while true {
            let left = job.count - next.load(ordering: .relaxed)
            guard left > 0 else { return }
            let size = max(1, left / share)
            let first = next.add(size, ordering: .relaxed).oldValue
            guard first < job.count else { return }
            for index in first..<min(first + size, job.count) { body(index, thread) }
        }
    }

    private func serve(_ member: Member, thread: Int) {
        var seen = 0
        while true {
            waitForJob(member, after: seen)
            seen += 1
            if isOver.load(ordering: .acquiring) { return }
            guard let job else { preconditionFailure("announced without a job") }
            work(job, thread)
            working.subtract(1, ordering: .acquiringAndReleasing)
        }
    }

    /// Returns once more than `seen` jobs were announced.
    private func waitForJob(_ member: Member, after seen: Int) {
        for _ in 0..<Self.spins {
            if announced.load(ordering: .acquiring) != seen { return }
            ck_wait_hint()
        }
        // The caller may still be going through the members when this one is back from that very job: its signal then
        // means nothing new.
        while announced.load(ordering: .sequentiallyConsistent) == seen {
            member.isAsleep.store(true, ordering: .sequentiallyConsistent)
            let isAnnounced = announced.load(ordering: .sequentiallyConsistent) != seen
            // Either this member takes its sign of sleep back, or the caller has taken it, and signals.
            if isAnnounced, member.isAsleep.exchange(false, ordering: .sequentiallyConsistent) { return }
            member.wake.wait()
        }
    }
}
