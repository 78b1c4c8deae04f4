import Foundation
import HTTPTypes
import Locks
import Logging
import NeuralNets

@testable import HTTP
@testable import Worker

/// The worker protocol's other side: hands out runs as told, keeps checkpoints, writes down what it is sent, and goes
/// wrong where the test wants it.
final class ScriptedServer: Sendable {
    enum Endpoint: Sendable, Hashable, CaseIterable {
        case claim, manifest, heartbeat, epochs, readCheckpoint, saveCheckpoint, saveModel, finish, fail, release
        case claimRefinement, finishRefinement
    }

    enum Fault: Sendable, Hashable {
        case status(Int)
        /// The connection ends within the answer.
        case hangUp
        /// An answer of the wrong kind.
        case nonsense
    }

    private struct State {
        var runs: [RunScript] = []
        var checkpoints: [String: Checkpoint] = [:]
        var models: [String: [UInt8]] = [:]
        var faults: [Endpoint: [Fault]] = [:]
        var order: String?
        var refinements: [[UInt8]] = []
        var refusals: [String: Int] = [:]
        var reactions: [(on: @Sendable (Event) -> Bool, run: @Sendable () -> Void)] = []
    }

    struct Checkpoint: Sendable {
        var epoch: Int
        var step: Int
        var bytes: [UInt8]
    }

    static let token = "token-of-a-worker"

    let journal = Journal()
    private let manifest: [UInt8]
    private let state = Guarded(State())

    init(manifest: [UInt8]) { self.manifest = manifest }

    /// To be claimed next, after those already there.
    func add(_ runs: RunScript...) { state.withLock { $0.runs += runs } }

    /// Makes the next requests go wrong, one fault each.
    func fail(_ endpoint: Endpoint, _ faults: Fault...) {
        state.withLock { $0.faults[endpoint, default: []] += faults }
    }

    /// Refuses every heartbeat of a run: one answer alone may come too late on a busy machine.
    func refuseHeartbeats(of run: String, _ status: Int) { state.withLock { $0.refusals[run] = status } }

    /// Answers reports with this order from now on, until it is nil.
    func order(_ order: String?) { state.withLock { $0.order = order } }

    /// Hands out the body of a refinement once, after those already there.
    func addRefinement(_ body: [UInt8]) { state.withLock { $0.refinements.append(body) } }

    func checkpoint(of run: String) -> Checkpoint? { state.withLock { $0.checkpoints[run] } }

    func setCheckpoint(_ checkpoint: Checkpoint, of run: String) {
        state.withLock { $0.checkpoints[run] = checkpoint }
    }

    func model(of run: String) -> [UInt8]? { state.withLock { $0.models[run] } }

    /// Does something when a matching event comes, before it is answered.
    func on(_ matches: @escaping @Sendable (Event) -> Bool, _ run: @escaping @Sendable () -> Void) {
        state.withLock { $0.reactions.append((matches, run)) }
    }

    /// Serves while `body` runs.
    func serve<Value>(port: Int = 0, _ body: (Int) async throws -> Value) async throws -> Value {
        var configuration = ServerConfiguration()
        configuration.endpoints = [.tcp("127.0.0.1", port: port)]
        configuration.timeouts.departureSeconds = 0.01
        let server = HTTPServer(
            configuration: configuration, logger: Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() },
            handler: { [self] in try await answer($0) })
        let port = try server.start()[0].port ?? 0
        do {
            let value = try await body(port)
            await server.shutdown(within: .zero)
            return value
        } catch {
            await server.shutdown(within: .zero)
            throw error
        }
    }

    // MARK: -

    private func answer(_ request: HTTPServerRequest) async throws -> HTTPServerResponse {
        guard request.headers[.authorization] == "Bearer \(Self.token)" else {
            return problem(401, "The token is not known.")
        }
        let parts = (request.pathSegments ?? []).dropFirst(2)
        guard let endpoint = endpoint(request.method, parts.map { $0 }) else { return problem(404, "No such path.") }
        let body = try await request.body.collect(upTo: 1 << 24)
        let run = parts.dropFirst().first ?? ""
        let fault = state.withLock { state -> Fault? in
            if endpoint == .heartbeat, let status = state.refusals[run] { return .status(status) }
            guard let faults = state.faults[endpoint], !faults.isEmpty else { return nil }
            return state.faults[endpoint]?.removeFirst()
        }
        if let fault {
            note(.fault(endpoint))
            return answer(fault)
        }
        let query = Dictionary(uniqueKeysWithValues: request.query.map { ($0.name, Int($0.value) ?? -1) })
        switch endpoint {
        case .claim: return try await claim(body)
        case .manifest: return HTTPServerResponse(headers: [.contentType: "application/json"], body: .bytes(manifest))
        case .readCheckpoint:
            guard let bytes = checkpoint(of: run)?.bytes else { return problem(404, "There is no checkpoint.") }
            return HTTPServerResponse(body: .bytes(bytes))
        case .saveCheckpoint:
            let (epoch, step) = (query["epoch"] ?? -1, query["step"] ?? -1)
            setCheckpoint(Checkpoint(epoch: epoch, step: step, bytes: body), of: run)
            note(.checkpoint(run: run, attempt: query["attempt"] ?? -1, epoch: epoch, step: step))
            return orderReply
        case .saveModel:
            state.withLock { $0.models[run] = body }
            note(.model(run: run, attempt: query["attempt"] ?? -1, fingerprint: Fingerprint.of(body[...])))
            return HTTPServerResponse(status: .noContent)
        case .claimRefinement:
            let refinement = state.withLock { $0.refinements.isEmpty ? nil : $0.refinements.removeFirst() }
            guard let refinement else { return HTTPServerResponse(status: .noContent) }
            return HTTPServerResponse(headers: [.contentType: "application/json"], body: .bytes(refinement))
        case .finishRefinement:
            note(.refinement(version: run, report: body))
            return HTTPServerResponse(status: .noContent)
        case .heartbeat, .epochs, .finish, .fail, .release:
            for event in try Report(body).events(endpoint, run) { note(event) }
            return orderReply
        }
    }

    private var orderReply: HTTPServerResponse {
        let order = state.withLock(\.order).map { "\"\($0)\"" } ?? "null"
        return HTTPServerResponse(
            headers: [.contentType: "application/json"], body: .bytes(Array("{\"order\":\(order)}".utf8)))
    }

    private func endpoint(_ method: HTTPRequest.Method, _ parts: [String]) -> Endpoint? {
        switch (method, parts.first, parts.last) {
        case (.post, "refinements", "claim"): .claimRefinement
        case (.post, "refinements", "finish"): .finishRefinement
        case (.post, "claim", "claim"): .claim
        case (.get, "datasets", "manifest"): .manifest
        case (.get, "runs", "checkpoint"): .readCheckpoint
        case (.put, "runs", "checkpoint"): .saveCheckpoint
        case (.put, "runs", "model"): .saveModel
        case (.post, "runs", "heartbeat"): .heartbeat
        case (.post, "runs", "epochs"): .epochs
        case (.post, "runs", "finish"): .finish
        case (.post, "runs", "fail"): .fail
        case (.post, "runs", "release"): .release
        default: nil
        }
    }

    private func claim(_ body: [UInt8]) async throws -> HTTPServerResponse {
        let (run, checkpoint) = state.withLock { state -> (RunScript?, Checkpoint?) in
            guard !state.runs.isEmpty else { return (nil, nil) }
            let run = state.runs.removeFirst()
            return (run, state.checkpoints[run.id])
        }
        guard let run else {
            note(.idle)
            // Until the client leaves.
            let (never, continuation) = AsyncStream<Never>.makeStream()
            for await _ in never {}
            continuation.finish()
            return HTTPServerResponse(status: .noContent)
        }
        note(.claim(worker: try Report(body).worker ?? "", run: run.id))
        return HTTPServerResponse(
            headers: [.contentType: "application/json"], body: .bytes(try run.claim(checkpoint)))
    }

    private func answer(_ fault: Fault) -> HTTPServerResponse {
        switch fault {
        case .status(let code): problem(code, "As the script has it.")
        case .nonsense:
            HTTPServerResponse(headers: [.contentType: "application/json"], body: .bytes(Array(#"{"run": 7}"#.utf8)))
        case .hangUp: HTTPServerResponse(body: .stream { _ in throw CancellationError() })
        }
    }

    private func problem(_ code: Int, _ detail: String) -> HTTPServerResponse {
        HTTPServerResponse(
            status: .init(code: code), headers: [.contentType: "application/problem+json"],
            body: .bytes(Array(#"{"type":"about:blank","detail":"\#(detail)"}"#.utf8)))
    }

    private func note(_ event: Event) {
        let reactions = state.withLock { state in state.reactions.filter { $0.on(event) }.map(\.run) }
        for reaction in reactions { reaction() }
        journal.add(event)
    }
}

/// Any body that a worker sends, field by field.
private struct Report: Decodable {
    var worker: String?
    var attempt: Int?
    var epochs: [EpochReport]?
    var testDsc: Double?
    var testDscSd: Double?
    var testCases: Int?
    var testDscByClass: [FinishReport.ClassScore]?
    var stoppedEarly: Bool?
    var message: String?
    var retry: Bool?

    init(_ bytes: [UInt8]) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Report.self, from: Data(bytes))
    }

    func events(_ endpoint: ScriptedServer.Endpoint, _ run: String) -> [Event] {
        let attempt = attempt ?? -1
        switch endpoint {
        case .heartbeat: return [.heartbeat(attempt: attempt)]
        case .epochs: return (epochs ?? []).map { .epoch(run: run, attempt: attempt, $0) }
        case .finish:
            let score = Event.Score(
                dsc: testDsc ?? -1, deviation: testDscSd ?? -1, cases: testCases ?? -1, byClass: testDscByClass ?? [],
                stoppedEarly: stoppedEarly)
            return [.finish(run: run, attempt: attempt, score)]
        case .fail: return [.fail(run: run, attempt: attempt, message: message ?? "", retry: retry ?? true)]
        case .release: return [.release(run: run, attempt: attempt)]
        default: return []
        }
    }
}
