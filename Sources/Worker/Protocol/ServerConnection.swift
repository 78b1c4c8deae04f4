import Foundation
import HTTP
import HTTPTypes
import Logging

/// The worker protocol over one HTTP connection, with patience: what fails in transit is tried again. One thread uses
/// it.
final class ServerConnection {
    private let client: HTTPClient
    private let stopSignal: StopSignal
    private let logger: Logger

    /// - Throws: `WorkerError.server` for an unusable address.
    init(_ configuration: WorkerConfiguration, stopSignal: StopSignal, logger: Logger) throws {
        var timeouts = HTTPClient.Timeouts()
        // A claim waits up to 20 s for work.
        timeouts.idleSeconds = 60
        do {
            client = try HTTPClient(
                server: configuration.server, headers: [.authorization: "Bearer \(configuration.token)"],
                timeouts: timeouts)
        } catch {
            throw WorkerError.server("\(error)")
        }
        self.stopSignal = stopSignal
        self.logger = logger
    }

    /// Ends a claim that waits; from any thread.
    func interrupt() { client.interrupt() }

    /// Asks for work until there is some or the worker is stopped.
    /// - Throws: `WorkerError.stopped`, `.refused`.
    func claim(worker: String) throws -> Claim {
        var backoff = Backoff()
        while true {
            if stopSignal.isStopped { throw WorkerError.stopped }
            do {
                let reply = try exchange(.post, "/v1/worker/claim", encode(ClaimRequest(worker: worker, waitSeconds: 20)))
                backoff = Backoff()
                if reply.status == .ok { return try decode(Claim.self, reply.body) }
            } catch WorkerError.server(let detail) {
                logger.warning("cannot claim", metadata: ["reason": "\(detail)"])
                if stopSignal.wait(backoff.next()) { throw WorkerError.stopped }
            }
        }
    }

    func manifest(ofDataset id: String) throws -> [UInt8] {
        try persist(within: .seconds(60)) { try exchange(.get, "/v1/worker/datasets/\(id)/manifest").body }
    }

    /// The checkpoint that the claim spoke of.
    func checkpoint(_ run: Claim.Run) throws -> [UInt8] {
        try persist(within: .seconds(60)) {
            try exchange(.get, "/v1/worker/runs/\(run.id)/checkpoint?attempt=\(run.attempt)").body
        }
    }

    func save(_ checkpoint: [UInt8], epoch: Int, step: Int, _ run: Claim.Run) throws {
        let target = "/v1/worker/runs/\(run.id)/checkpoint?attempt=\(run.attempt)&epoch=\(epoch)&step=\(step)"
        try persist { _ = try exchange(.put, target, checkpoint) }
    }

    func report(_ epoch: EpochReport, _ run: Claim.Run) throws {
        let body = try encode(EpochsReport(attempt: run.attempt, epochs: [epoch]))
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/epochs", body) }
    }

    func finish(_ report: FinishReport, _ run: Claim.Run) throws {
        let body = try encode(report)
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/finish", body) }
    }

    func fail(_ message: String, retry: Bool, _ run: Claim.Run) throws {
        let body = try encode(FailReport(attempt: run.attempt, message: String(message.prefix(2000)), retry: retry))
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/fail", body) }
    }

    func release(_ run: Claim.Run) throws {
        let body = try encode(AttemptReport(attempt: run.attempt))
        try persist(within: .seconds(5)) { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/release", body) }
    }

    /// One heartbeat, not repeated here.
    func heartbeat(_ run: Claim.Run) throws {
        _ = try exchange(.post, "/v1/worker/runs/\(run.id)/heartbeat", encode(AttemptReport(attempt: run.attempt)))
    }

    // MARK: -

    /// Tries again while the server is away. Reports are idempotent or fenced, so a repeated one does no harm; past
    /// the limit the lease has lapsed and the run belongs to another. A worker told to stop tries for a moment only.
    private func persist<Value>(within limit: Duration = .seconds(60), _ body: () throws -> Value) throws -> Value {
        let deadline = ContinuousClock.now + limit
        var backoff = Backoff()
        while true {
            do {
                return try body()
            } catch WorkerError.server(let detail) {
                guard ContinuousClock.now < deadline else { throw WorkerError.lost }
                logger.warning("trying again", metadata: ["reason": "\(detail)"])
                if stopSignal.wait(backoff.next()) { throw WorkerError.lost }
            }
        }
    }

    private func exchange(_ method: HTTPRequest.Method, _ target: String, _ body: [UInt8] = []) throws
        -> HTTPClientResponse
    {
        let headers: HTTPFields =
            body.isEmpty ? [:] : [.contentType: method == .put ? "application/octet-stream" : "application/json"]
        let reply: HTTPClientResponse
        do {
            reply = try client.send(method, target, headers: headers, body: body)
        } catch let error as HTTPClientError {
            throw error.reason == .interrupted ? WorkerError.stopped : WorkerError.server("\(error)")
        }
        let problem = reply.status.code >= 400 ? try? decode(ProblemReply.self, reply.body) : nil
        let detail = problem?.detail ?? "status \(reply.status.code)"
        switch reply.status.code {
        case 200..<300: return reply
        case 401, 403: throw WorkerError.refused(detail)
        case 409: throw WorkerError.lost
        // 404 of a run: the database is another one.
        case 404, 410: throw WorkerError.lost
        case 400..<500 where reply.status.code != 408 && reply.status.code != 429:
            throw WorkerError.hopeless("the server refuses a report: \(detail)")
        default: throw WorkerError.server(detail)
        }
    }

    private func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return [UInt8](try encoder.encode(value))
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw WorkerError.server("the answer cannot be understood (another version of plateau?): \(error)")
        }
    }
}
