import HTTP
import HTTPTypes
import Logging
import Storage

/// Whether the server can take work, check by check. Whoever asks needs no token, so no numbers are told.
extension PlateauAPI {
    func readiness() async throws -> HTTPServerResponse {
        let body = ReadinessBody(
            [await databaseProbe.check(), diskCheck(), workersCheck(), serverCheck()], version: settings.version)
        return try .json(body, status: body.reasons.isEmpty ? .ok : .serviceUnavailable)
    }

    static func databaseCheck(_ store: Store, _ logger: Logger) async -> ReadinessBody.Check {
        do {
            try await store.probe()
            return .init(name: "database", status: .ok, detail: "It takes writes.")
        } catch {
            logger.error("not ready", metadata: ["error": "\(error)"])
            return .init(name: "database", status: .failing, detail: Problem(describing: error).detail)
        }
    }

    private func diskCheck() -> ReadinessBody.Check {
        guard let space = settings.diskSpace() else {
            return .init(name: "disk", status: .failing, detail: "The data directory is gone. Tell the operator.")
        }
        if space.isExhausted {
            return .init(
                name: "disk", status: .failing,
                detail: "The disk of the data directory is all but full: free some space.")
        }
        return space.isLow
            ? .init(name: "disk", status: .warning, detail: "The disk of the data directory is filling up.")
            : .init(name: "disk", status: .ok, detail: "There is room on the disk of the data directory.")
    }

    /// What is submitted without workers is kept until there are some.
    private func workersCheck() -> ReadinessBody.Check {
        waitingWorkers.count + store.runsInTraining > 0
            ? .init(name: "workers", status: .ok, detail: "Workers are connected.")
            : .init(
                name: "workers", status: .warning,
                detail: "No worker is connected: runs wait in the queue. Start some: plateau work, or serve --workers.")
    }

    private func serverCheck() -> ReadinessBody.Check {
        draining.hasBegun
            ? .init(name: "server", status: .failing, detail: "The server is being stopped.")
            : .init(name: "server", status: .ok, detail: "It is running.")
    }
}
