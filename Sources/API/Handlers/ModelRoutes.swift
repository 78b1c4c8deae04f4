import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage

/// Trained weights: in from workers, out to whoever may read.
extension PlateauAPI {
    /// `GET /v1/runs/{id}/model`
    @Sendable func sendModel(_ call: Call) async throws -> HTTPServerResponse {
        let run = try await store.run(call.parameter("id"))
        guard let model = run.model else { throw Self.noModel(run) }
        let tag = "\"\(model.sha256)\""
        return try await .conditional(call.request, etag: tag) {
            try await checkSound(model, of: run)
            return HTTPServerResponse(
                status: .ok,
                headers: [
                    .contentType: "application/octet-stream",
                    .contentDisposition: "attachment; filename=\"\(run.id).safetensors\"",
                ],
                body: .file(path: models.path(model.file)))
        }
    }

    /// What the disk lost or changed must not go out as if it were what was trained.
    /// - Throws: a problem that says what to do.
    private func checkSound(_ model: ModelRecord, of run: RunRecord) async throws {
        let condition = try await models.condition(of: model.file, bytes: model.bytes, sha256: model.sha256)
        guard condition != .sound else { return }
        logger.error(
            "weights cannot be used",
            metadata: ["run": "\(run.id)", "file": "\(models.path(model.file))", "reason": "\(condition)"])
        if case .unreadable = condition {
            throw Problem(.internal, "The server cannot read the weights just now; its log has the details.")
        }
        throw Problem(
            .modelDamaged,
            "The weights of this run are damaged or gone from the server's disk. Ask its operator to put the file back from "
                + "a backup (plateau doctor names it), or submit a sweep of the same size, depth and seed: training gives "
                + "the same weights again.")
    }

    private static func noModel(_ run: RunRecord) -> Problem {
        let advice =
            switch run.state {
            case .queued, .running, .paused:
                "it is \(run.state.rawValue) and has trained \(run.epochsDone) of \(run.epochsTotal) epochs. "
                    + "Ask again when it has ended."
            case .succeeded, .stoppedEarly:
                "its worker sent none. Train it again with a worker of this version to have them."
            case .failed, .cancelled:
                "it is \(run.state.rawValue), and only a run that succeeds or is stopped early leaves any."
            }
        return Problem(.notFound, "The run \(run.id) has no weights: \(advice)")
    }

    /// `PUT /v1/worker/runs/{id}/model`
    @Sendable func saveModel(_ call: Call) async throws -> HTTPServerResponse {
        var sha256: String?
        let attempt = try Self.attempt(QueryReader(call.request.query)) { query in
            sha256 = query.text("sha256", length: 64...64)
        }
        let id = call.parameter("id")
        // Before a byte is taken in: a stale worker must not cost the disk anything.
        try await store.assertHeld(run: id, attempt: attempt)
        let written = try await models.write(call.request.body, named: "\(id)-\(attempt)")
        do {
            guard written.bytes > 0 else {
                throw Problem(.invalidRequest, "The body is empty; send the weights as a safetensors file.")
            }
            guard sha256.map({ $0 == written.sha256 }) ?? true else {
                throw Problem.invalid("?sha256", "the body's SHA-256 is \(written.sha256); it was damaged on the way")
            }
            let replaced = try await store.save(
                ModelRecord(attempt: attempt, file: written.file, bytes: written.bytes, sha256: written.sha256),
                run: id)
            if let replaced { models.delete([replaced]) }
            return HTTPServerResponse(status: .noContent)
        } catch {
            models.delete([written.file])
            throw error
        }
    }
}
