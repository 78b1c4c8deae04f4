import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ResponseParserTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var isHead = false
        /// Nil when it has to be refused.
        var body: String?
        var keepsAlive = true
        var endsWithConnection = false

        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "length", text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", body: "hi"),
        Case(name: "no reason", text: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", body: ""),
        Case(
            name: "chunks", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n",
            body: "hi"),
        Case(
            name: "both framings",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", body: "",
            keepsAlive: false),
        Case(
            name: "interim first", text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            body: "hi"),
        Case(name: "no content", text: "HTTP/1.1 204 No Content\r\n\r\n", body: ""),
        Case(name: "not modified", text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", body: ""),
        Case(name: "HEAD", text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", isHead: true, body: ""),
        Case(
            name: "close", text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", body: "",
            keepsAlive: false),
        Case(name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", body: "", keepsAlive: false),
        Case(
            name: "until the end", text: "HTTP/1.1 200 OK\r\n\r\nhi", body: "hi", keepsAlive: false,
            endsWithConnection: true),
        Case(name: "not HTTP", text: "SSH-2.0-OpenSSH\r\n"),
        Case(name: "HTTP/2", text: "HTTP/2.0 200 OK\r\n\r\n"),
        Case(name: "status of two digits", text: "HTTP/1.1 20 OK\r\n\r\n"),
        Case(name: "two lengths", text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        Case(name: "bad length", text: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
        Case(name: "length over the bound", text: "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"),
        Case(name: "chunk over the bound", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"),
        Case(
            name: "until the end, over the bound", text: "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 101)),
        Case(name: "gzip coding", text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
        Case(
            name: "endless head",
            text: "HTTP/1.1 200 OK\r\n" + String(repeating: "X: \(String(repeating: "y", count: 1000))\r\n", count: 70)),
        Case(name: "endless interim answers", text: String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 3000)),
    ]

    private struct Outcome: Equatable {
        var body: String?
        var isComplete = false
        var keepsAlive = false
    }

    private func outcome(_ item: Case, pieceBytes: Int) -> Outcome {
        var parser = ResponseParser(isHead: item.isHead, limit: 100)
        var body: [UInt8] = []
        var outcome = Outcome()
        var rest = Array(item.text.utf8)[...]
        do {
            while !rest.isEmpty {
                parser.feed(Array(rest.prefix(pieceBytes)))
                rest = rest.dropFirst(pieceBytes)
                while let event = try parser.next() {
                    switch event {
                    case .head, .trailers: break
                    case .body(let bytes): body += bytes
                    case .end: outcome.isComplete = true
                    }
                }
            }
        } catch {
            return Outcome()
        }
        if item.endsWithConnection { outcome.isComplete = parser.close() }
        outcome.body = String(decoding: body, as: UTF8.self)
        outcome.keepsAlive = parser.keepsAlive
        return outcome
    }

    @Test(arguments: cases) func reads(_ item: Case) {
        for pieceBytes in [1, 7, 1 << 20] {
            let outcome = outcome(item, pieceBytes: pieceBytes)
            #expect(outcome.body == item.body)
            #expect(outcome.isComplete == (item.body != nil))
            if item.body != nil { #expect(outcome.keepsAlive == item.keepsAlive) }
        }
    }

    @Test func anAnswerCutOffIsNotComplete() {
        var parser = ResponseParser(isHead: false, limit: 100)
        parser.feed(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel".utf8))
        while (try? parser.next()) != nil {}
        let isComplete = parser.close()
        #expect(!isComplete)
    }
}
