import Foundation
import Locks
import Logging
import Storage

/// Sweeps whose plans are being made: each once at a time.
final class PlansUnderWay: Sendable {
    private let sweeps = Guarded<Set<String>>([])

    /// - Returns: false where somebody is at it already.
    func begin(_ id: String) -> Bool { sweeps.withLock { $0.insert(id).inserted } }

    func end(_ id: String) { _ = sweeps.withLock { $0.remove(id) } }
}

extension PlateauAPI {
    /// Queues the next run of each adaptive sweep that has none waiting, when one of its runs has ended or a worker has
    /// nothing to do. After whatever ends a run, and every few seconds; what fails is tried again then.
    public func planSweeps() async {
        do {
            for due in try await store.duePlans() where due.running == 0 || waitingWorkers.count > 0 {
                guard plansUnderWay.begin(due.sweepID) else { continue }
                defer { plansUnderWay.end(due.sweepID) }
                do {
                    try await plan(due)
                } catch {
                    // The others go on.
                    logger.error("cannot plan a sweep", metadata: ["sweep": "\(due.sweepID)", "error": "\(error)"])
                }
            }
        } catch {
            logger.error("cannot look for sweeps to plan", metadata: ["error": "\(error)"])
        }
    }

    private func plan(_ due: DuePlan) async throws {
        let id = due.sweepID
        // It was said already, and nothing else can be done.
        if !due.hasRoom, try StoredPlan(json: due.planJSON).waitsForRoom == true { return }
        let basis = try await store.planBasis(sweep: id)
        let specification = try SweepSpecification(json: basis.sweep.specificationJSON)
        let known = try await dataset(basis.sweep.datasetID)
        let pace = try await store.secondsPerImage(sweep: id)
        guard
            let adaptive = AdaptiveSweep(specification, poolSize: known.traits.pool, runs: basis.runs, pace: pace)
        else { return }
        var (runs, plan, isOpen) = try await pool.run {
            // One: what it shows may be worth more than what could be chosen beside it.
            let (cells, plan, isOpen) = try adaptive.next(limit: 1)
            return (self.runs(cells, specification, known), plan, isOpen)
        }
        if !runs.isEmpty, !due.hasRoom {
            plan.waitsForRoom = true
            runs = []
        }
        let stored = try StoredPlan(json: basis.sweep.planJSON ?? "{}")
        // Nothing to do but to wait: no change, so that nobody is told of one.
        if runs.isEmpty, isOpen, plan == stored { return }
        let sweep: SweepRecord?
        do {
            sweep = try await store.apply(PlanStep(runs: runs, isOpen: isOpen, planJSON: try plan.json), to: basis)
        } catch StorageError.overQuota {
            let end = StoredPlan(end: StoredPlan.quota, droppedDepths: plan.droppedDepths)
            sweep = try await store.apply(PlanStep(runs: [], isOpen: false, planJSON: try end.json), to: basis)
        }
        guard let sweep else { return }
        logger.info(
            "sweep planned",
            metadata: [
                "sweep": "\(id)", "runs": "\(runs.map { "\($0.size)/\($0.depth)/\($0.seed)" }.joined(separator: " "))",
                "end": "\(plan.end ?? "")", "waits": "\(plan.waitsForRoom == true)", "state": "\(sweep.state.rawValue)",
            ])
        announceWork()
    }
}
