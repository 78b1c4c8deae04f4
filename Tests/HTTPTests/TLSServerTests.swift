import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import HTTP

/// What the world's own clients see, and certificates that come and go.
extension OverSockets {
    @Suite struct TLSServerTests {
        private let certificates: TestCertificates
        private let server: TestCertificates.Pair

        init() throws {
            certificates = try TestCertificates()
            server = try certificates.server()
        }

        private var trust: TLSTrust { .of(certificates.authority) }

        /// `openssl s_client`, which says a request and reads to the end.
        private func handshake(_ port: Int, _ options: String...) async throws -> (succeeds: Bool, text: String) {
            let authority = certificates.authority.certificate
            let result = try await onThread {
                try CommandResult.of(
                    "openssl",
                    ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", authority, "-ign_eof"] + options,
                    input: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            let text = result.output + result.errors
            return (result.output.contains("HTTP/1.1 200"), text)
        }

        @Test func versionsAndCiphers() async throws {
            try await withServer(.tls(server), handler: empty) { port in
                for (options, protocols) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
                    let (succeeds, text) = try await handshake(port, options)
                    #expect(succeeds && text.contains(protocols) && text.contains("Verify return code: 0"), "\(text)")
                }
                for old in ["-tls1", "-tls1_1"] {
                    #expect(try await !handshake(port, old, "-cipher", "ALL:@SECLEVEL=0").succeeds)
                }
                // Without forward secrecy, or without authenticated encryption.
                for weak in ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "NULL", "3DES"] {
                    #expect(try await !handshake(port, "-tls1_2", "-cipher", "\(weak):@SECLEVEL=0").succeeds)
                }
                // The server's order, whatever the client's.
                let order = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
                let chosen = try await handshake(port, "-tls1_2", "-cipher", order)
                #expect(chosen.text.contains("Cipher is ECDHE-ECDSA-AES128-GCM-SHA256"))
            }
        }

        @Test func protocolNegotiation() async throws {
            try await withServer(.tls(server), handler: empty) { port in
                let ours = try await handshake(port, "-alpn", "h2,http/1.1")
                #expect(ours.succeeds && ours.text.contains("ALPN protocol: http/1.1"))
                let other = try await handshake(port, "-alpn", "h2")
                #expect(!other.succeeds && other.text.contains("no application protocol"), "\(other.text)")
            }
        }

        @Test func noRenegotiation() async throws {
            try await withServer(.tls(server), handler: empty) { port in
                let authority = certificates.authority.certificate
                let result = try await onThread {
                    try CommandResult.of(
                        "openssl", ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", authority, "-tls1_2"],
                        input: "R\n")
                }
                #expect((result.output + result.errors).contains("no renegotiation"), "\(result.errors)")
            }
        }

        @Test func curlIsServed() async throws {
            try await withServer(.tls(server), handler: empty) { port in
                let authority = certificates.authority.certificate
                for version in ["1.2", "1.3"] {
                    let result = try await onThread {
                        try CommandResult.of(
                            "curl",
                            [
                                "-sS", "--tlsv\(version)", "--tls-max", version, "--cacert", authority, "-w",
                                "%{http_code} %{num_connects}\n", "https://localhost:\(port)/a",
                                "https://localhost:\(port)/b",
                            ])
                    }
                    #expect(result.output == "200 1\n200 0\n", "\(result.errors)")
                }
            }
        }

        @Test func sessionsAreResumedUntilTheCertificateChanges() async throws {
            let session = certificates.path("session")
            let log = LogRecorder()
            let http = HTTPServer(configuration: .tls(server), logger: log.logger, handler: empty)
            let port = try #require(try http.start()[0].port)
            for version in ["-tls1_2", "-tls1_3"] {
                #expect(try await handshake(port, version, "-sess_out", session).text.contains("New, TLSv1"))
                #expect(try await handshake(port, version, "-sess_in", session).text.contains("Reused, TLSv1"))
                try http.reloadCertificates()
                #expect(try await handshake(port, version, "-sess_in", session).text.contains("New, TLSv1"))
            }
            await http.shutdown(within: .seconds(5))
        }

        // MARK: - Client certificates

        @Test func clientCertificates() async throws {
            let ada = try certificates.client("ada")
            let stranger = try certificates.selfSigned("stranger")
            let handler: Handler = { HTTPServerResponse(body: .bytes(Array(($0.clientSubject ?? "nobody").utf8))) }
            let file = certificates.authority.certificate
            func ask(_ policy: TLSConfiguration.ClientCertificates, _ shown: TestCertificates.Pair?) async throws
                -> (text: String?, error: HTTPClientError?, log: LogRecorder)
            {
                var trust = trust
                (trust.certificateFile, trust.keyFile) = (shown?.certificate, shown?.key)
                let log = LogRecorder()
                return try await withServer(
                    .tls(server) { $0.tls?.clientCertificates = policy }, log: log, handler: handler
                ) { [trust] port in
                    let client = try HTTPClient(server: "https://127.0.0.1:\(port)", trust: trust)
                    do {
                        let body = try await onThread { try client.send(.get, "/") }.body
                        return (String(decoding: body, as: UTF8.self), nil, log)
                    } catch let error as HTTPClientError {
                        return (nil, error, log)
                    }
                }
            }
            let subject = "CN=ada,O=Imaging Lab"
            #expect(try await ask(.notAsked, ada).text == "nobody")
            #expect(try await ask(.requested(caFile: file), nil).text == "nobody")
            #expect(try await ask(.requested(caFile: file), ada).text == subject)
            let known = try await ask(.required(caFile: file), ada)
            #expect(known.text == subject)
            #expect(known.log.requests.first?["client_subject"] == subject)
            for refused in [
                try await ask(.required(caFile: file), nil), try await ask(.required(caFile: file), stranger),
                try await ask(.requested(caFile: file), stranger),
            ] {
                #expect(refused.text == nil)
                #expect(refused.error?.reason == .tlsFailed, "\(String(describing: refused.error))")
                #expect(refused.log.lines.contains { $0.message == "TLS handshake failed" })
            }
        }

        // MARK: - Files

        @Test func filesThatCannotBeUsed() throws {
            let expired = try certificates.server("expired", expired: true)
            let other = try certificates.server("other")
            let encrypted = certificates.path("encrypted.key")
            let made = try CommandResult.of(
                "openssl", ["pkey", "-in", server.key, "-aes256", "-passout", "pass:secret", "-out", encrypted])
            try #require(made.status == 0)
            let rubbish = certificates.path("rubbish")
            try Data("rubbish".utf8).write(to: URL(filePath: rubbish))
            func complaint(_ certificate: String, _ key: String, ca: String? = nil) -> String {
                var configuration = TLSConfiguration(certificateFile: certificate, keyFile: key)
                if let ca { configuration.clientCertificates = .required(caFile: ca) }
                do {
                    _ = try TLSContext(configuration)
                    return ""
                } catch {
                    return "\(error)"
                }
            }
            #expect(complaint(server.certificate, server.key, ca: certificates.authority.certificate) == "")
            #expect(complaint("/no/such.pem", server.key) == "/no/such.pem: cannot be read: No such file or directory")
            #expect(complaint(server.certificate, "/no/such.key").hasPrefix("/no/such.key: cannot be read"))
            #expect(complaint(rubbish, server.key).contains("rubbish: holds no certificate in PEM form"))
            #expect(complaint(server.certificate, rubbish).contains("rubbish: holds no private key"))
            #expect(complaint(server.certificate, encrypted).contains("not encrypted"))
            #expect(complaint(server.certificate, other.key).contains("does not belong to the certificate"))
            #expect(complaint(expired.certificate, expired.key).contains("has expired"))
            #expect(complaint(server.certificate, server.key, ca: rubbish).contains("holds no certificate"))
        }

        private func commonName(_ port: Int) throws -> String? {
            let result = try CommandResult.of("openssl", ["s_client", "-connect", "127.0.0.1:\(port)"])
            return result.output.firstMatch(of: /subject=CN = (\w+)/).map { String($0.1) }
        }

        @Test func reloading() async throws {
            let second = try certificates.server("second")
            let (now, key) = (certificates.path("now.pem"), certificates.path("now.key"))
            func install(_ pair: TestCertificates.Pair) throws {
                for (from, to) in [(pair.certificate, now), (pair.key, key)] {
                    try Data(contentsOf: URL(filePath: from)).write(to: URL(filePath: to), options: .atomic)
                }
            }
            try install(server)
            let files = TestCertificates.Pair(certificate: now, key: key)
            let http = HTTPServer(configuration: .tls(files), logger: LogRecorder().logger, handler: empty)
            let port = try #require(try http.start()[0].port)
            let old = try HTTPClient(server: "https://127.0.0.1:\(port)", trust: trust)
            let status = try await onThread { try old.send(.get, "/") }.status
            #expect(status == .ok)

            try install(second)
            try http.reloadCertificates()
            #expect(try await onThread { try commonName(port) } == "second")
            try Data("rubbish".utf8).write(to: URL(filePath: now))
            #expect(throws: TLSError.self) { try http.reloadCertificates() }
            #expect(try await onThread { try commonName(port) } == "second")
            let stillOpen = try await onThread { try old.send(.get, "/") }.status
            #expect(stillOpen == .ok)

            // Under load: nobody sees it.
            try install(server)
            try await withThrowingTaskGroup(of: Int.self) { group in
                for worker in 0..<4 {
                    group.addTask { [trust] in
                        try await onThread {
                            var good = 0
                            var client = try HTTPClient(server: "https://127.0.0.1:\(port)", trust: trust)
                            for turn in 0..<60 {
                                // Half of them come anew each time.
                                if worker % 2 == 0, turn % 3 == 0 {
                                    client = try HTTPClient(server: "https://127.0.0.1:\(port)", trust: trust)
                                }
                                if try client.send(.get, "/").status == .ok { good += 1 }
                            }
                            return good
                        }
                    }
                }
                for turn in 0..<20 {
                    try install(turn % 2 == 0 ? second : server)
                    try http.reloadCertificates()
                }
                for try await good in group { #expect(good == 60) }
            }
            await http.shutdown(within: .seconds(5))
        }
    }
}
