import HTTPTypes
import Testing

@testable import HTTP

/// Every case of the corpus against the protocol side alone.
@Suite struct CorpusTests {
    private static let before = Array("GET /before HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    private static let after = Array("GET /after HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    @Test func theCorpusIsWorthItsName() {
        #expect(CorpusCase.all.count >= 400)
        #expect(Set(CorpusCase.all.map(\.name)).count == CorpusCase.all.count)
        for item in CorpusCase.all { #expect(item.ending != nil, "\(item.name)") }
    }

    @Test(arguments: CorpusCase.all) func whole(_ item: CorpusCase) throws {
        let outcome = CorpusOutcome([item.bytes])
        #expect(outcome.ending == item.ending)
        #expect(outcome.sendsContinue == item.sendsContinue)
        #expect(outcome.handled.map(\.line) == item.handled.map(\.line))
        for (got, wanted) in zip(outcome.handled, item.handled) {
            #expect(got.content == wanted.content)
            for field in wanted.saw { #expect(got.fields[try Self.name(field.name)] == field.value) }
            for field in wanted.trailers { #expect(got.trailers[try Self.name(field.name)] == field.value) }
            for name in wanted.without {
                #expect(got.fields[try Self.name(name)] == nil)
                #expect(got.trailers[try Self.name(name)] == nil)
            }
        }
    }

    private static func name(_ text: String) throws -> HTTPField.Name { try #require(HTTPField.Name(text)) }

    @Test(arguments: CorpusCase.all) func cuttingChangesNothing(_ item: CorpusCase) {
        let whole = CorpusOutcome([item.bytes])
        #expect(CorpusOutcome(item.bytes.map { [$0] }) == whole)
        // The long ones repeat themselves.
        for cut in 0..<min(item.bytes.count, 1200) {
            let outcome = CorpusOutcome([Array(item.bytes[..<cut]), Array(item.bytes[cut...])])
            #expect(outcome == whole, "cut at \(cut)")
        }
    }

    @Test(arguments: CorpusCase.all) func othersOnTheConnectionChangeNothing(_ item: CorpusCase) {
        let whole = CorpusOutcome([item.bytes])
        let pipelined = CorpusOutcome([Self.before + item.bytes + (item.ending == .waits ? [] : Self.after)])
        let lines = ["GET /before"] + whole.handled.map(\.line)
        // Nothing that stands behind a refusal or the last answer is ever taken for a request.
        let isOpen = item.ending == .keeps
        #expect(pipelined.handled.map(\.line) == lines + (isOpen ? ["GET /after"] : []))
        #expect(pipelined.ending == whole.ending)
        #expect(Array(pipelined.handled.dropFirst().prefix(whole.handled.count)) == whole.handled)
    }
}
