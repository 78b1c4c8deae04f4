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
            let path = models.path(model.file)
            // What the disk lost must not go out as if it were whole; what it changed shows in the tag, which is the hash.
            let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
            guard size == model.bytes else {
                logger.error(
                    "weights are damaged", metadata: ["file": "\(path)", "bytes": "\(size ?? 0) of \(model.bytes)"])
                throw Problem(
                    .internal,
                    "The weights of this run are damaged or gone from the server's disk; tell its operator. Training the "
                        + "same run in another sweep gives the same weights.")
            }
            return HTTPServerResponse(
                status: .ok,
                headers: [
                    .contentType: "application/octet-stream",
                    .contentDisposition: "attachment; filename=\"\(run.id).safetensors\"",
                ],
                body: .file(path: path))
        }
    }

    private static func noModel(_ run: RunRecord) -> Problem {
        let advice =
            switch run.state {
            case .queued, .running, .paused:
                "it is \(run.state.rawValue) and has trained \(run.epochsDone) of \(run.epochsTotal) epochs. "
                    + "Ask again when it has succeeded."
            case .succeeded, .stoppedEarly:
                "its worker sent none. Train it again with a worker of this version to have them."
            case .failed, .cancelled: "it is \(run.state.rawValue), and only a run that succeeds leaves any."
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
