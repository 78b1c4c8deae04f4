import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage
import TestSupport

@testable import API

/// The API over a store of its own, asked in process as the HTTP server would.
final class TestAPI: Sendable {
    struct Reply {
        var status: Int
        var headers: HTTPFields
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        func decoded<Body: Decodable>(_ type: Body.Type = Body.self) throws -> Body {
            try JSONCoding.decoder().decode(type, from: Data(body))
        }
    }

    private struct Unused: Error {}

    let folder: TemporaryFolder
    let api: PlateauAPI
    let store: Store
    private let secret: String

    /// - Parameters:
    ///   - now: the time of day.
    ///   - uptime: of the clock that nobody sets; asked whenever a lease is granted.
    convenience init(
        leaseSeconds: Double = 20, configure: (inout PlateauAPI.Settings) -> Void = { _ in },
        now: @escaping @Sendable () -> Date = { Date() }, uptime: (@Sendable () -> Duration)? = nil
    ) async throws {
        let folder = try TemporaryFolder()
        for name in ["checkpoints", "models"] {
            try FileManager.default.createDirectory(
                at: folder.url.appending(path: name), withIntermediateDirectories: true)
        }
        let store = try Self.open(folder, now: now, uptime: uptime)
        let secret = try await store.createToken(name: "all", role: Role.admin.rawValue, expiresAt: nil).secret
        self.init(folder, store, secret) { settings in
            settings.leaseSeconds = leaseSeconds
            configure(&settings)
        }
    }

    private init(
        _ folder: TemporaryFolder, _ store: Store, _ secret: String,
        _ configure: (inout PlateauAPI.Settings) -> Void = { _ in }
    ) {
        self.folder = folder
        self.store = store
        self.secret = secret
        var settings = PlateauAPI.Settings(
            version: "test", openAPI: [], checkpointFolder: folder.url.appending(path: "checkpoints"),
            modelFolder: folder.url.appending(path: "models"))
        configure(&settings)
        api = PlateauAPI(
            store: store,
            catalogue: DatasetCatalogue(
                find: { _ in throw Unused() }, subset: { cases, _, _ in .init(cases: cases, hash: "") },
                parameterCount: { network in
                    1000 * network.dimensions + 100 * network.inChannels + 10 * network.depth + network.outChannels
                }),
            authenticator: Authenticator(store: store, workerSecret: nil),
            settings: settings,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    private static func open(
        _ folder: TemporaryFolder, now: @escaping @Sendable () -> Date = { Date() },
        uptime: (@Sendable () -> Duration)? = nil
    ) throws -> Store {
        try Store(.init(path: folder.url.appending(path: "test.sqlite").path, now: now, uptime: uptime))
    }

    var authorization: HTTPFields { [.authorization: "Bearer \(secret)"] }

    /// Another start on the same database.
    func restarted() throws -> TestAPI { TestAPI(folder, try Self.open(folder), secret) }

    /// The names of the files in a folder beside the database.
    func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.folder.url.appending(path: folder).path)
    }

    func respond(
        _ method: HTTPRequest.Method, _ target: String, _ body: [UInt8] = [], headers: HTTPFields = [:]
    ) async throws -> HTTPServerResponse {
        var headers = headers
        if headers[.authorization] == nil { headers[.authorization] = "Bearer \(secret)" }
        return try await api.handler()(
            HTTPServerRequest(method: method, target: target, headers: headers, body: RequestBody(body)))
    }

    func ask(
        _ method: HTTPRequest.Method, _ target: String, _ body: [UInt8] = [], headers: HTTPFields = [:]
    ) async throws -> Reply {
        let response = try await respond(method, target, body, headers: headers)
        let bytes: [UInt8]
        switch response.body {
        case .empty: bytes = []
        case .bytes(let some): bytes = some
        case .file(let path, _, _): bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        case .stream: throw Unused()
        }
        return Reply(status: response.status.code, headers: response.headers, body: bytes)
    }

    func ask(
        _ method: HTTPRequest.Method, _ target: String, json: String, headers: HTTPFields = [:]
    ) async throws -> Reply {
        try await ask(method, target, Array(json.utf8), headers: headers)
    }

    private static let split = StoredSplit(
        fractions: .init(seed: 0, train: 0.7, validation: 0.1, test: 0.2), train: ["a", "b"], validation: ["c"],
        test: ["d"])
    static let facts = """
        {"cases":{"total":4,"train":2,"validation":1,"test":1},"groups":4,"problemCount":0,"problems":[],
         "split":{"seed":0,"train":0.7,"validation":0.1,"test":0.2},"smallest":[32,32],"largest":[64,48],
         "meanForeground":0.1}
        """

    /// Registers `set`, images of which two can be trained on.
    func addImages() async throws {
        _ = try await store.insert(
            NewDataset(
                name: "set", path: "/data", layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "a", count: 64), factsJSON: Self.facts,
                splitJSON: String(decoding: try JSONEncoder().encode(Self.split), as: UTF8.self), manifestJSON: "{}"))
    }

    /// Submits a sweep of two depths over a data set of images and tells how many outputs its networks have.
    func outChannels(output: String) async throws -> [Int] {
        try await addImages()
        let body = #"{"dataset":"set","sizes":[2],"depths":[3,4],"training":{"output":"\#(output)"}}"#
        let sweep = try await ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        let runs = try await ask(.get, "/v1/sweeps/\(sweep.id)/runs").decoded(Page<RunBody>.self).items
        guard runs.map({ ($0.parameterCount ?? 0) / 10 }) == [233, 234] else { throw Unused() }
        return runs.map { ($0.parameterCount ?? 0) % 10 }
    }

    /// A claimed run of as many epochs, all on record.
    func trainedRun(epochs: Int = 1) async throws -> RunRecord {
        let run = try await claimedRun(epochs: epochs)
        let records = (1...epochs).map {
            EpochRecord(
                epoch: $0, trainLoss: 1, valLoss: 1, valDSC: 0.5, learningRate: 0.001, seconds: 1, imagesSeen: $0)
        }
        _ = try await store.record(records, run: run.id, attempt: run.attempt)
        return run
    }

    /// The first run of a new sweep, claimed. Its specification can be read back.
    ///
    /// - Parameter sizes: of its runs; by default each has one image.
    func claimedRun(epochs: Int, runs: Int = 1, sizes: [Int]? = nil) async throws -> RunRecord {
        let dataset = try await store.insert(
            NewDataset(
                name: UUID().uuidString.lowercased(), path: "/data", layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "a", count: 64), factsJSON: Self.facts,
                splitJSON: String(decoding: try JSONEncoder().encode(Self.split), as: UTF8.self), manifestJSON: "{}"))
        let fields = FieldReader(
            ["dataset": .string(dataset.id), "sizes": .array([.integer(1)]), "depths": .array([.integer(3)])],
            violations: .init())
        guard let request = SweepRequest(fields) else { throw Unused() }
        let specification = try SweepSpecification(
            request, dataset: try DatasetTraits(dataset, pool: Self.split.train.count))
        _ = try await store.insert(
            NewSweep(
                name: nil, datasetID: dataset.id, submitter: "",
                specificationJSON: String(decoding: try JSONEncoder().encode(specification), as: UTF8.self),
                runs: (sizes ?? [Int](repeating: 1, count: runs)).enumerated().map { seed, size in
                    .init(
                        size: size, fraction: 1, depth: 3, seed: seed, subsetHash: String(repeating: "b", count: 64),
                        stepsPerEpoch: 1, epochsTotal: epochs, parameterCount: 10)
                }, idempotency: nil))
        guard let run = try await nextRun() else { throw Unused() }
        return run
    }

    /// The next run, claimed for an hour; nil where none waits.
    func nextRun() async throws -> RunRecord? {
        guard let run = try await store.claim(worker: "w", leaseSeconds: 3600) else { return nil }
        return try await store.run(run.id)
    }
}
