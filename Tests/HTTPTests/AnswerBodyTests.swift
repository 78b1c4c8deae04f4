import Foundation
import HTTPTypes
import Testing

@testable import HTTP

extension OverSockets {
    @Suite struct AnswerBodyTests {
        private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

        @Test func streamsAreChunkedOrEndWithTheConnection() async throws {
            let handler: Handler = { _ in
                HTTPServerResponse(
                    body: .stream { writer in
                        for piece in ["one ", "", "two ", "three"] { try await writer.write(Array(piece.utf8)) }
                    })
            }
            try await withServer(handler: handler) { port in
                try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send(get + get)
                    let answers = try connection.answers(2)
                    #expect(answers.map(\.text) == ["one two three", "one two three"])
                    #expect(answers[0].fields[.transferEncoding] == "chunked")
                    #expect(answers[0].fields[.contentLength] == nil)

                    let old = try RawConnection(port)
                    try old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    let answer = try #require(try old.answers().first)
                    #expect(answer.text == "one two three")
                    #expect(answer.fields[.transferEncoding] == nil)
                    #expect(answer.fields[.connection] == "close")
                }
            }
        }

        @Test func aStreamThatFailsBreaksOff() async throws {
            struct Failure: Error {}
            let handler: Handler = { _ in
                HTTPServerResponse(
                    body: .stream { writer in
                        try await writer.write([1, 2, 3])
                        throw Failure()
                    })
            }
            try await withServer(handler: handler) { port in
                let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                let error = await #expect(throws: HTTPClientError.self) {
                    try await onThread { try client.send(.get, "/") }
                }
                #expect(error?.reason == .broken)
            }
        }

        @Test func partsOfFiles() async throws {
            try await withTemporaryFile { path in
                try Data("0123456789".utf8).write(to: URL(filePath: path))
                let handler: Handler = { request in
                    let numbers = request.query.compactMap { Int($0.value) }
                    if request.path == "/missing" { return HTTPServerResponse(body: .file(path: path + ".not")) }
                    if request.path == "/folder" { return HTTPServerResponse(body: .file(path: "/tmp")) }
                    return HTTPServerResponse(
                        body: .file(
                            path: path, offset: numbers.first ?? 0, length: numbers.count > 1 ? numbers[1] : nil))
                }
                try await withServer(handler: handler) { port in
                    let client = try HTTPClient(server: "http://127.0.0.1:\(port)")
                    func text(_ target: String) async throws -> String {
                        String(decoding: try await onThread { try client.send(.get, target) }.body, as: UTF8.self)
                    }
                    #expect(try await text("/") == "0123456789")
                    #expect(try await text("/?offset=7") == "789")
                    #expect(try await text("/?offset=2&length=3") == "234")
                    #expect(try await text("/?offset=8&length=9223372036854775807") == "89")
                    #expect(try await text("/?offset=11") == "")
                    #expect(try await text("/?offset=-1") == "0123456789")
                    for target in ["/missing", "/folder"] {
                        #expect(try await onThread { try client.send(.get, target) }.status == .internalServerError)
                    }
                }
            }
        }
    }
}
