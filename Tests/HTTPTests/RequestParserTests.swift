import HTTPTypes
import Testing

@testable import HTTP

@Suite struct RequestParserTests {
    private struct Outcome {
        var heads: [RequestHead] = []
        var trailers = HTTPFields()
    }

    private func outcome(_ text: String) -> Outcome {
        var parser = RequestParser(limits: CorpusCase.limits)
        var outcome = Outcome()
        parser.feed(Array(text.utf8))
        while let event = try? parser.next() {
            if case .head(let head) = event { outcome.heads.append(head) }
            if case .trailers(let fields) = event { outcome.trailers = fields }
        }
        return outcome
    }

    @Test func persistence() {
        func keepsAlive(_ version: String, _ connection: String?) -> Bool? {
            let header = connection.map { "Connection: \($0)\r\n" } ?? ""
            return outcome("GET / HTTP/\(version)\r\nHost: a\r\n\(header)\r\n").heads.first?
                .keepsAlive
        }
        #expect(keepsAlive("1.1", nil) == true)
        #expect(keepsAlive("1.1", "Close") == false)
        #expect(keepsAlive("1.1", "upgrade, close") == false)
        #expect(keepsAlive("1.0", nil) == false)
        #expect(keepsAlive("1.0", "Keep-Alive") == true)
        #expect(keepsAlive("1.0", "keep-alive, close") == false)
    }

    @Test func expectationsCountOnlyWhereContentFollows() {
        func expects(_ text: String) -> Bool? { outcome(text).heads.first?.expectsContinue }
        #expect(expects("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") == true)
        #expect(expects("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") == false)
        #expect(expects("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n") == false)
    }

    @Test func absoluteFormReplacesHost() {
        let head = outcome("GET http://h:81/ HTTP/1.1\r\nHost: a\r\n\r\n").heads.first
        #expect(head?.fields[values: .host] == ["h:81"])
    }

    @Test func trailersAreGiven() throws {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 7\r\n\r\n"
        let name = try #require(HTTPField.Name("X-Sum"))
        #expect(outcome(text).trailers[name] == "7")
    }

    @Test func repeatedFieldsAreAllKept() throws {
        let head = outcome("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n").heads.first
        let name = try #require(HTTPField.Name("X"))
        #expect(head?.fields[values: name] == ["1", "2"])
    }
}

/// A small generator whose seed replays a run.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
