import HTTPTypes
import Testing

@testable import HTTP

extension OverSockets {
    /// Every case of the corpus over a connection to a server.
    @Suite struct CorpusSocketTests {
        /// Answers with all that it was given.
        private static let echo: Handler = { request in
            let content = try await request.body.collect(upTo: 1 << 20)
            let target = request.headers[.target] ?? ""
            return HTTPServerResponse(
                headers: [.target: target],
                body: .bytes(Array(describe(request, request.body.trailers).utf8) + content))
        }

        private static func describe(_ request: HTTPServerRequest, _ trailers: HTTPFields) -> String {
            "\(request.method.rawValue) \(request.path)\n\(lines(request.headers))--\n\(lines(trailers))--\n"
        }

        private static func lines(_ fields: HTTPFields) -> String {
            fields.map { "\($0.name.canonicalName): \($0.value)\n" }.joined()
        }

        @Test func wholeAndInPieces() async throws {
            try await withServer(.with { $0.limits = CorpusCase.limits }, handler: Self.echo) { port in
                try await onThread {
                    for item in CorpusCase.all {
                        for pieceBytes in [Int.max, item.bytes.count < 700 ? 1 : 101] {
                            do {
                                try Self.check(item, pieceBytes: pieceBytes, port)
                            } catch {
                                Issue.record("\(item), in pieces of \(pieceBytes): \(error)")
                            }
                        }
                    }
                }
            }
        }

        private static func check(_ item: CorpusCase, pieceBytes: Int, _ port: Int) throws {
            let connection = try RawConnection(port)
            var rest = item.bytes[...]
            while !rest.isEmpty {
                try connection.sendWhole(Array(rest.prefix(pieceBytes)))
                rest = rest.dropFirst(pieceBytes)
            }
            let whole = CorpusOutcome([item.bytes])
            for wanted in whole.handled {
                let isHead = wanted.line.hasPrefix("HEAD ")
                let answer = try #require(try connection.answers(1, isHead: isHead).first, "\(item)")
                #expect(answer.status == 200, "\(item)")
                if isHead { continue }
                let path = wanted.line.prefix { $0 != "?" }
                let text = "\(path)\n\(lines(wanted.fields))--\n\(lines(wanted.trailers))--\n"
                #expect(answer.body == Array(text.utf8) + wanted.content, "\(item)")
            }
            try end(item, connection)
        }

        private static func end(_ item: CorpusCase, _ connection: RawConnection) throws {
            switch item.ending {
            case .refused(let status)?:
                let answers = try connection.answers()
                let answer = try #require(answers.first, "\(item)")
                #expect(answers.count == 1, "\(item)")
                #expect(answer.status == status, "\(item)")
                #expect(answer.fields[.contentType] == "application/problem+json")
                #expect(answer.fields[.connection] == "close")
                #expect(answer.text.contains("\"status\":\(status)"))
            case .keeps?:
                try connection.send("GET /probe HTTP/1.1\r\nHost: a\r\n\r\n")
                let answer = try #require(try connection.answers(1).first, "\(item)")
                #expect(answer.text.hasPrefix("GET /probe\n"), "\(item)")
            case .closes?: #expect(try connection.answers().isEmpty, "\(item)")
            case .waits?:
                if item.sendsContinue {
                    #expect(try connection.text() == "HTTP/1.1 100 Continue\r\n\r\n", "\(item)")
                }
                // A body that breaks off is told; a head is not worth an answer.
                connection.finishSending()
                #expect(try connection.answers().allSatisfy { $0.status == 400 }, "\(item)")
            case nil: Issue.record("\(item) has no ending")
            }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let target = HTTPField.Name("X-Target")!
}
