import Foundation
import HTTP
import HTTPTypes
import Logging

/// The worker protocol over one HTTP connection, with patience: what fails in transit is tried again. One thread uses
/// it, but for `interrupt()`.
final class ServerConnection: Sendable {
    private let client: HTTPClient
    private let farewell: Duration
    private let stopSignal: StopSignal
    private let logger: Logger

    /// - Parameter idleSeconds: how long an answer may take. The default leaves room for a claim's wait of 20 s.
    /// - Throws: `WorkerError.server` for an unusable address.
    init(
        _ configuration: WorkerConfiguration, stopSignal: StopSignal, idleSeconds: Double = 60, logger: Logger
    ) throws {
        var timeouts = HTTPClient.Timeouts()
        timeouts.idleSeconds = idleSeconds
        timeouts.connectSeconds = min(timeouts.connectSeconds, idleSeconds)
        do {
            client = try HTTPClient(
                server: configuration.server, headers: [.authorization: "Bearer \(configuration.token)"],
                timeouts: timeouts, trust: configuration.trust)
        } catch {
            throw WorkerError.server("\(error)")
        }
        farewell = .seconds(configuration.farewellSeconds)
        self.stopSignal = stopSignal
        self.logger = logger
    }

    /// Ends the request under way and every later one; from any thread.
    func interrupt() { client.interrupt() }

    /// Asks for work until there is some or the worker is stopped.
    /// - Throws: `WorkerError.stopped`, `.refused`, and `.server` when what answers is no server of this protocol.
    ///
    /// - Parameter threads: that the run will be trained with.
    func claim(worker: String, threads: Int) throws -> Claim {
        let request = try encode(ClaimRequest(worker: worker, threads: min(threads, 1024), waitSeconds: 20))
        var backoff = Backoff()
        while true {
            if stopSignal.isStopped { throw WorkerError.stopped }
            let asked = ContinuousClock.now
            let reply: HTTPClientResponse
            do {
                reply = try exchange(.post, "/v1/worker/claim", request)
            } catch WorkerError.server(let detail) {
                logger.warning("cannot claim", metadata: ["reason": "\(detail)"])
                if stopSignal.wait(backoff.next()) { throw WorkerError.stopped }
                continue
            } catch WorkerError.lost {
                throw WorkerError.server("\(client.server) hands out no runs. Is it the address of a plateau server?")
            }
            // Not tried again where it cannot be understood: each claim would take a run from the queue for nothing.
            if reply.status == .ok { return try decode(Claim.self, reply.body) }
            // Nothing came. Whoever does not wait for work is not asked in a tight circle.
            if ContinuousClock.now - asked > .seconds(1) {
                backoff = Backoff()
            } else if stopSignal.wait(backoff.next()) {
                throw WorkerError.stopped
            }
        }
    }

    /// A surrogate to refine; nil when none is due, or the server hands out none.
    func claimRefinement(worker: String) throws -> Refinement? {
        let reply = try exchange(
            .post, "/v1/worker/refinements/claim", try encode(RefinementRequest(worker: worker)))
        return reply.status == .ok ? try decode(Refinement.self, reply.body) : nil
    }

    func finish(_ refinement: Refinement, _ report: RefinementReport) throws {
        let body = try encode(report)
        try persist { _ = try exchange(.post, "/v1/worker/refinements/\(refinement.version)/finish", body) }
    }

    func manifest(ofDataset id: String) throws -> [UInt8] {
        try persist { try exchange(.get, "/v1/worker/datasets/\(id)/manifest").body }
    }

    /// The checkpoint that the claim spoke of; nil when the server does not have it any more or cannot read it.
    func checkpoint(_ run: Claim.Run) throws -> [UInt8]? {
        try persist {
            let reply = try send(.get, "/v1/worker/runs/\(run.id)/checkpoint?attempt=\(run.attempt)")
            if [.notFound, .internalServerError].contains(reply.status) { return nil }
            return try accepted(reply).body
        }
    }

    /// - Returns: the server's order, if any; likewise below.
    func save(_ checkpoint: [UInt8], epoch: Int, step: Int, _ run: Claim.Run) throws -> String? {
        let target = "/v1/worker/runs/\(run.id)/checkpoint?attempt=\(run.attempt)&epoch=\(epoch)&step=\(step)"
        return try persist { order(try exchange(.put, target, checkpoint)) }
    }

    /// The trained weights, before `finish`.
    func save(_ model: [UInt8], _ run: Claim.Run) throws {
        try persist { _ = try exchange(.put, "/v1/worker/runs/\(run.id)/model?attempt=\(run.attempt)", model) }
    }

    func report(_ epoch: EpochReport, _ run: Claim.Run) throws -> String? {
        let body = try encode(EpochsReport(attempt: run.attempt, epochs: [epoch]))
        return try persist { order(try exchange(.post, "/v1/worker/runs/\(run.id)/epochs", body)) }
    }

    func finish(_ report: FinishReport, _ run: Claim.Run) throws {
        let body = try encode(report)
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/finish", body) }
    }

    func fail(_ message: String, logTail: String, retry: Bool, _ run: Claim.Run) throws {
        let body = try encode(
            FailReport(
                attempt: run.attempt, message: String(message.prefix(2000)), logTail: logTail, retry: retry))
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/fail", body) }
    }

    func release(_ run: Claim.Run) throws {
        let body = try encode(AttemptReport(attempt: run.attempt))
        try persist { _ = try exchange(.post, "/v1/worker/runs/\(run.id)/release", body) }
    }

    /// One heartbeat, not repeated here.
    ///
    /// - Parameter waitSeconds: how long the server may keep the answer back while it has no order to give.
    func heartbeat(_ run: Claim.Run, waitSeconds: Double) throws -> String? {
        let body = try encode(HeartbeatReport(attempt: run.attempt, waitSeconds: waitSeconds))
        return order(try exchange(.post, "/v1/worker/runs/\(run.id)/heartbeat", body))
    }

    // MARK: -

    /// Tries again for as long as the server is away: reports are idempotent or fenced, so a repeated one does no harm,
    /// and whether the run is still this worker's only the server can say. A worker told to stop tries for a moment
    /// longer.
    private func persist<Value>(_ body: () throws -> Value) throws -> Value {
        var deadline: ContinuousClock.Instant?
        var backoff = Backoff()
        while true {
            do {
                return try body()
            } catch WorkerError.server(let detail) {
                logger.warning("trying again", metadata: ["reason": "\(detail)"])
                let pause = backoff.next()
                guard stopSignal.isStopped else {
                    _ = stopSignal.wait(pause)
                    continue
                }
                let now = ContinuousClock.now
                let limit = deadline ?? now + farewell
                deadline = limit
                guard now + pause < limit else { throw WorkerError.lost }
                // The signal, being set, would not wait.
                Thread.sleep(forTimeInterval: pause / .seconds(1))
            }
        }
    }

    private func exchange(_ method: HTTPRequest.Method, _ target: String, _ body: [UInt8] = []) throws
        -> HTTPClientResponse
    {
        try accepted(try send(method, target, body))
    }

    private func send(_ method: HTTPRequest.Method, _ target: String, _ body: [UInt8] = []) throws -> HTTPClientResponse
    {
        let headers: HTTPFields =
            body.isEmpty ? [:] : [.contentType: method == .put ? "application/octet-stream" : "application/json"]
        do {
            return try client.send(method, target, headers: headers, body: body)
        } catch let error as HTTPClientError {
            throw error.reason == .interrupted ? WorkerError.stopped : WorkerError.server("\(error)")
        }
    }

    private func accepted(_ reply: HTTPClientResponse) throws -> HTTPClientResponse {
        let problem = reply.status.code >= 400 ? try? decode(ProblemReply.self, reply.body) : nil
        let detail = problem?.detail ?? "status \(reply.status.code)"
        switch reply.status.code {
        case 200..<300: return reply
        case 401, 403: throw WorkerError.refused(detail)
        case 409: throw WorkerError.lost
        // 404 of a run: the database is another one.
        case 404, 410: throw WorkerError.lost
        case 400..<500 where reply.status.code != 408 && reply.status.code != 429:
            throw WorkerError.hopeless("the server refuses what this worker sends: \(detail)")
        default: throw WorkerError.server(detail)
        }
    }

    /// An answer that says nothing gives none.
    private func order(_ reply: HTTPClientResponse) -> String? { try? decode(OrderReply.self, reply.body).order }

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
