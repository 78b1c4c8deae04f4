import Foundation
import HTTP
import Logging
import Storage

/// What `/metrics` says of the queue, the training and the store. Counters begin anew with the server.
extension PlateauAPI {
    func queueFamilies(now: Date = Date()) async -> [MetricFamily] {
        var families = activityFamilies()
        do {
            families += try await depthFamilies(now) + fileFamilies()
        } catch {
            // Prometheus alerts on what is absent; the rest is still worth having.
            logger.error("cannot count runs for /metrics", metadata: ["error": "\(error)"])
        }
        return families
    }

    private func activityFamilies() -> [MetricFamily] {
        let figures = store.figures
        return [
            MetricFamily(
                "plateau_build_info", .gauge, "1, with the version.",
                [.init(1, labels: [("version", settings.version)])]),
            MetricFamily("plateau_epochs_total", .counter, "Epochs recorded.", Double(figures.epochs)),
            MetricFamily(
                "plateau_images_trained_total", .counter, "Training images that the recorded epochs have seen.",
                Double(figures.images)),
            MetricFamily(
                "plateau_leases_lost_total", .counter, "Runs taken back because their worker was not heard of.",
                Double(figures.leasesLost)),
            MetricFamily(
                "plateau_attempts_failed_total", .counter, "Attempts that a worker reported as failed.",
                Double(figures.attemptsFailed)),
            MetricFamily(
                "plateau_runs_ended_total", .counter, "Runs that have ended, by how.",
                [
                    .init(Double(figures.runsSucceeded), labels: [("state", "succeeded")]),
                    .init(Double(figures.runsStoppedEarly), labels: [("state", "stopped_early")]),
                    .init(Double(figures.runsFailed), labels: [("state", "failed")]),
                ]),
            MetricFamily(
                "plateau_workers_waiting", .gauge, "Workers that have asked for work in the last minute and have none.",
                Double(waitingWorkers.count)),
            .histogram(
                "plateau_store_write_seconds",
                "Write transactions, from the call until they were on disk, with the wait for those before them.",
                bounds: TimeHistogram.bounds, counts: figures.writes.counts, sum: figures.writes.sumSeconds),
        ]
    }

    private func depthFamilies(_ now: Date) async throws -> [MetricFamily] {
        let depths = try await store.queueDepths()
        let byState = Dictionary(uniqueKeysWithValues: depths.map { ($0.state, $0) })
        let age = byState[.queued].map { max(0, now.timeIntervalSince($0.oldest)) } ?? 0
        return [
            MetricFamily(
                "plateau_runs", .gauge, "Runs by state.",
                RunState.allCases.map {
                    .init(Double(byState[$0]?.runs ?? 0), labels: [("state", $0.rawValue)])
                }),
            MetricFamily(
                "plateau_oldest_queued_run_seconds", .gauge,
                "Since the queued run that was submitted first was submitted; 0 with an empty queue.", age),
        ]
    }

    private func fileFamilies() async throws -> [MetricFamily] {
        let totals = try await store.fileTotals()
        var families = [
            MetricFamily(
                "plateau_files", .gauge, "Checkpoints and trained weights that are kept.",
                StoredFile.Kind.allCases.map {
                    .init(Double(totals[$0]?.files ?? 0), labels: [("kind", $0.rawValue)])
                }),
            MetricFamily(
                "plateau_file_bytes", .gauge, "Their bytes.",
                StoredFile.Kind.allCases.map {
                    .init(Double(totals[$0]?.bytes ?? 0), labels: [("kind", $0.rawValue)])
                }),
            MetricFamily(
                "plateau_database_bytes", .gauge, "Bytes of the database and its log.", Double(store.databaseBytes)),
        ]
        if let space = settings.diskSpace() {
            families += [
                MetricFamily(
                    "plateau_disk_free_bytes", .gauge, "Room on the disk of the data directory.",
                    Double(space.freeBytes)),
                MetricFamily(
                    "plateau_disk_total_bytes", .gauge, "Size of the disk of the data directory.",
                    Double(space.totalBytes)),
            ]
        }
        return families
    }
}
