import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage
import TestSupport
import Testing

@testable import API

/// What is stored of a data set, and what is told of it.
@Suite struct DatasetFactsTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let api: PlateauAPI

    private struct Unused: Error {}

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(.init(path: folder.url.appending(path: "test.sqlite").path))
        api = PlateauAPI(
            store: store,
            catalogue: DatasetCatalogue(
                find: { _ in throw Unused() }, subset: { cases, _, _ in .init(cases: cases, hash: "") },
                parameterCount: { _ in 0 }),
            authenticator: Authenticator(store: store, workerSecret: nil),
            settings: .init(
                version: "test", openAPI: [], checkpointFolder: folder.url.appending(path: "checkpoints"),
                modelFolder: folder.url.appending(path: "models")),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    /// As rows have them that were written before there were volumes.
    @Test func storedFactsWithoutClassesReadAsMasks() async throws {
        let facts = """
            {"cases":{"total":5,"train":3,"validation":1,"test":1},"groups":5,"problemCount":0,"problems":[],
             "split":{"seed":0,"train":0.7,"validation":0.1,"test":0.2},"smallest":[32,32],"largest":[64,48],
             "meanForeground":0.1}
            """
        let record = try await store.insert(
            NewDataset(
                name: "old", path: "/data", layout: "image-mask", dimensions: 2, channels: 3,
                dataHash: String(repeating: "0", count: 64), factsJSON: facts, splitJSON: "{}", manifestJSON: "{}"))
        let secret = try await store.createToken(name: "all", role: Role.admin.rawValue, expiresAt: nil).1
        let response = try await api.handler()(
            HTTPServerRequest(
                method: .get, target: "/v1/datasets/\(record.id)", headers: [.authorization: "Bearer \(secret)"],
                body: RequestBody([])))
        guard case .bytes(let bytes) = response.body else { return #expect(Bool(false), "no body") }
        let body = try JSONCoding.decoder().decode(DatasetBody.self, from: Data(bytes))
        #expect(body.classes == [.init(name: "foreground", values: [1])])
        #expect(body.spacing == nil && body.smallest == [32, 32])
        #expect(String(decoding: bytes, as: UTF8.self).contains("\"spacing\":null"))
    }
}
