import CSockets
import Foundation
import HTTPTypes
import Testing

@testable import HTTP

extension OverSockets {
    @Suite struct ListenerTests {
        @Test(arguments: ["127.0.0.1", "::1", "[::1]", "localhost"]) func listensOn(host: String) async throws {
            guard !host.contains(":") || FileManager.default.fileExists(atPath: "/proc/net/if_inet6") else { return }
            try await withServer(.with { $0.endpoints = [.tcp(host, port: 0)] }, handler: empty) { port in
                let bare = host.filter { $0 != "[" && $0 != "]" }
                let client = try HTTPClient(server: "http://\(bare.contains(":") ? "[\(bare)]" : bare):\(port)")
                #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
                if host == "localhost" {
                    let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                    #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
                }
            }
        }

        private func failure(_ endpoints: Endpoint...) async -> String? {
            do {
                try await withServer(.with { $0.endpoints = endpoints }, handler: empty) { _ in }
                return nil
            } catch {
                return "\(error)"
            }
        }

        @Test func listeningThatCannotBe() async throws {
            try await withServer(handler: empty) { port in
                #expect(await failure(.tcp("127.0.0.1", port: port))?.contains("is in use") == true)
                // The second endpoint's failure gives up the first.
                try await withTemporaryFile { path in
                    #expect(await failure(.unix(path), .tcp("127.0.0.1", port: port))?.contains("is in use") == true)
                    #expect(!FileManager.default.fileExists(atPath: path))
                }
            }
            #expect(await failure(.tcp("127.0.0.1", port: 65536))?.contains("is no port") == true)
            for host in ["192.0.2.1", "no.such.host.invalid"] {
                #expect(await failure(.tcp(host, port: 0))?.contains("not an address of this machine") == true)
            }
        }

        @Test func severalEndpointsServeTheSame() async throws {
            try await withTemporaryFile { path in
                let configuration = ServerConfiguration.with {
                    $0.endpoints = [.tcp("127.0.0.1", port: 0), .unix(path), .tcp("127.0.0.1", port: 0)]
                }
                let log = LogRecorder()
                let server = HTTPServer(configuration: configuration, logger: log.logger, handler: empty)
                let bound = try server.start()
                #expect(Set(bound).count == 3)
                for endpoint in bound {
                    let client = try HTTPClient(server: "\(endpoint)")
                    #expect(try await onThread { try client.send(.get, "/") }.status == .ok)
                }
                await server.shutdown(within: .seconds(5))
                #expect(log.requests.map { $0["client"] } == ["127.0.0.1", "unix", "127.0.0.1"])
                #expect(!FileManager.default.fileExists(atPath: path))
            }
        }

        @Test func aSocketsFileIsForItsUserAlone() async throws {
            try await withTemporaryFile { path in
                for mode in [0o600, 0o660] as [UInt32] {
                    var endpoint = Endpoint.unix(path)
                    endpoint.mode = mode
                    try await withServer(.with { $0.endpoints = [endpoint] }, handler: empty) { _ in
                        let attributes = try FileManager.default.attributesOfItem(atPath: path)
                        #expect(attributes[.posixPermissions] as? Int == Int(mode))
                    }
                }
            }
        }

        @Test func aSocketThatNobodyAnswersOnIsReplaced() async throws {
            try await withTemporaryFile { path in
                var file: (device: UInt64, inode: UInt64) = (0, 0)
                let left = plateau_listen_unix(path, 0o600, 1, &file.device, &file.inode)
                try #require(left >= 0)
                #expect(await failure(.unix(path))?.contains("is in use") == true)
                close(left)
                #expect(FileManager.default.fileExists(atPath: path))
                #expect(await failure(.unix(path)) == nil)
            }
        }

        @Test func nothingElseIsReplaced() async throws {
            try await withTemporaryFile { path in
                try Data("mine".utf8).write(to: URL(filePath: path))
                #expect(await failure(.unix(path))?.contains("is in use") == true)
                #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
                let missing = await failure(.unix(path + "/none/socket"))
                #expect(missing?.contains("cannot listen") == true)
                #expect(await failure(.unix("/no/such/folder/socket"))?.contains("does not exist") == true)
                #expect(
                    await failure(.unix("/tmp/" + String(repeating: "a", count: 103)))?.contains("too long") == true)
            }
        }

        @Test func aFileThatTookTheSocketsPlaceStays() async throws {
            try await withTemporaryFile { path in
                try await withServer(.with { $0.endpoints = [.unix(path)] }, handler: empty) { _ in
                    try FileManager.default.removeItem(atPath: path)
                    try Data("mine".utf8).write(to: URL(filePath: path))
                }
                #expect(FileManager.default.fileExists(atPath: path))
            }
        }

        @Test func oneAddressHasItsShareOfConnections() throws {
            let limits = ServerConfiguration.with {
                $0.limits.connections = 5
                $0.limits.connectionsPerClient = 2
            }
            let context = ServerContext(configuration: limits, logger: LogRecorder().logger, handler: empty)
            func status(_ peer: Peer) -> Int? {
                context.admit(peer).map { $0.refusal?.status.code ?? 200 }
            }
            let (one, other, local) = (Self.peer(network: 1), Self.peer(network: 2), Self.peer(isLocal: true))
            #expect([one, one, one, other].map(status) == [200, 200, 429, 200])
            context.leave(.welcome, one)
            #expect([one, one].map(status) == [200, 429])
            #expect([local, local, local].map(status) == [200, 200, 503])
            // Enough have been told why: the next go without a word.
            for _ in 0..<61 { #expect(status(local) == 503) }
            #expect(status(one) == nil)
        }

        private static func peer(network: UInt64 = 0, isLocal: Bool = false) -> Peer {
            var peer = plateau_peer()
            peer.network = network
            peer.is_local = isLocal ? 1 : 0
            return Peer(peer)
        }
    }
}
