import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage
import TestSupport
import Testing

@testable import API

/// A parameter that a route does not know is refused by name, whatever the route.
@Suite struct QueryRefusalTests {
    private let folder: TemporaryFolder
    private let api: PlateauAPI
    private let store: Store

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

    private func ask(_ route: Route, _ query: String, token: String?) async throws -> (Int, ProblemBody?) {
        let path = route.pattern.replacing(/{[a-z_]+}/, with: "x")
        let response = try await api.handler()(
            HTTPServerRequest(
                method: route.method, target: "\(path)?\(query)",
                headers: token.map { [.authorization: "Bearer \($0)"] } ?? [:], body: RequestBody(Array("{}".utf8))))
        guard case .bytes(let bytes) = response.body else { return (response.status.code, nil) }
        return (response.status.code, try? JSONCoding.decoder().decode(ProblemBody.self, from: Data(bytes)))
    }

    @Test func everyRouteRefusesAParameterItDoesNotKnow() async throws {
        let secret = try await store.createToken(name: "all", role: Role.admin.rawValue, expiresAt: nil).1
        #expect(api.routes.count >= 30)
        for route in api.routes {
            let (status, problem) = try await ask(route, "targetdsc=1", token: secret)
            let name = "\(route.method) \(route.pattern)"
            #expect(status == 422, "\(name)")
            #expect(problem?.type == "urn:plateau:problem:invalid-request", "\(name)")
            #expect(problem?.errors?.contains { $0.pointer == "?targetdsc" } == true, "\(name)")
        }
        #expect(try await store.tokens(after: nil, limit: 10).items.count == 1)
    }

    @Test func aStrangerLearnsNothingOfParameters() async throws {
        for route in api.routes {
            guard case .needs = route.access else { continue }
            #expect(try await ask(route, "targetdsc=1", token: nil).0 == 401, "\(route.pattern)")
        }
    }
}
