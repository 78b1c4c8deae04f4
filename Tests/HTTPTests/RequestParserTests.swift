import HTTPTypes
import Testing

@testable import HTTP

@Suite struct RequestParserTests {
    /// What a parser gives for bytes cut as told.
    private struct Outcome: Equatable {
        var heads: [RequestHead] = []
        var parsed: [RawRequests.Parsed] = []
        var trailers = HTTPFields()
        var refusal: HTTPError?
    }

    private func outcome(_ bytes: [UInt8], pieces: (Int) -> Int) -> Outcome {
        var parser = RequestParser(limits: RawRequests.limits)
        var outcome = Outcome()
        var line = ""
        var body: [UInt8] = []
        var offset = 0
        while offset < bytes.count {
            let end = min(bytes.count, offset + pieces(bytes.count))
            parser.feed(bytes[offset..<end])
            offset = end
            do {
                while let event = try parser.next() {
                    switch event {
                    case .head(let head):
                        line = "\(head.method.rawValue) \(head.target)"
                        body = []
                        outcome.heads.append(head)
                    case .body(let bytes): body += bytes
                    case .trailers(let fields): outcome.trailers = fields
                    case .end:
                        outcome.parsed.append(.init(line: line, body: String(decoding: body, as: UTF8.self)))
                    }
                }
            } catch {
                outcome.refusal = error as? HTTPError
                return outcome
            }
        }
        return outcome
    }

    @Test(arguments: RawRequests.all) func readsOrRefuses(_ raw: RawRequests) {
        let whole = outcome(raw.bytes) { $0 }
        #expect(whole.parsed == raw.parsed)
        #expect(whole.refusal?.status.code == raw.refusal)
    }

    @Test(arguments: RawRequests.all) func splittingChangesNothing(_ raw: RawRequests) {
        let whole = outcome(raw.bytes) { $0 }
        #expect(outcome(raw.bytes) { _ in 1 } == whole)
        for seed in UInt64(1)...20 {
            var random = SplitMix(state: seed)
            #expect(outcome(raw.bytes) { _ in 1 + Int(random.next() % 7) } == whole, "seed \(seed)")
        }
    }

    @Test func aTableWorthItsName() {
        #expect(RawRequests.all.count >= 60)
        #expect(Set(RawRequests.all.map(\.name)).count == RawRequests.all.count)
    }

    @Test func persistence() {
        func keepsAlive(_ version: String, _ connection: String?) -> Bool? {
            let header = connection.map { "Connection: \($0)\r\n" } ?? ""
            return outcome(Array("GET / HTTP/\(version)\r\nHost: a\r\n\(header)\r\n".utf8)) { $0 }.heads.first?
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
        func expects(_ text: String) -> Bool? { outcome(Array(text.utf8)) { $0 }.heads.first?.expectsContinue }
        #expect(expects("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") == true)
        #expect(expects("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n") == false)
        #expect(expects("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n") == false)
    }

    @Test func absoluteFormReplacesHost() {
        let head = outcome(Array("GET http://h:81/ HTTP/1.1\r\nHost: a\r\n\r\n".utf8)) { $0 }.heads.first
        #expect(head?.fields[values: .host] == ["h:81"])
    }

    @Test func trailersAreGiven() throws {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 7\r\n\r\n"
        let name = try #require(HTTPField.Name("X-Sum"))
        #expect(outcome(Array(text.utf8)) { $0 }.trailers[name] == "7")
    }

    @Test func repeatedFieldsAreAllKept() throws {
        let head = outcome(Array("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n".utf8)) { $0 }.heads.first
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
