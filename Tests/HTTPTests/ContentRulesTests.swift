import HTTPTypes
import Testing

@testable import HTTP

/// The rules by themselves: ranges, tags, dates, preconditions, codings.
@Suite struct ContentRulesTests {
    @Test(arguments: [
        ("bytes=0-3", RequestedRange.part(0..<4)), ("bytes=9-9", .part(9..<10)), ("bytes=5-", .part(5..<10)),
        ("bytes=-3", .part(7..<10)), ("bytes=-30", .part(0..<10)), ("bytes=2-99", .part(2..<10)),
        ("Bytes=0-0", .part(0..<1)), ("bytes= 0-1 , 2-3", .part(0..<4)), ("bytes=4-6,0-5", .part(0..<7)),
        ("bytes=0-1,,2-2,", .part(0..<3)), ("bytes=3-99999999999999999999", .part(3..<10)),
        // What is left apart goes out whole.
        ("bytes=0-1,5-6", .whole), ("bytes=0-1,20-30", .part(0..<2)),
        ("bytes=10-", .unsatisfiable), ("bytes=10-12,99-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
        ("bytes=99999999999999999999-", .unsatisfiable),
        // What cannot be read is ignored.
        ("bytes=3-2", .whole), ("bytes=-", .whole), ("bytes=", .whole), ("bytes", .whole), ("lines=0-1", .whole),
        ("bytes=a-b", .whole), ("bytes=+1-2", .whole), ("bytes=1-2-3", .whole), ("bytes=0x1-2", .whole),
        ("bytes=" + String(repeating: "0-1,", count: 17), .whole),
    ])
    func ranges(_ header: String, _ range: RequestedRange) {
        #expect(RequestedRange(header, size: 10) == range)
    }

    @Test func rangesOfNothing() {
        #expect(RequestedRange("bytes=0-", size: 0) == .unsatisfiable)
        #expect(RequestedRange("bytes=-1", size: 0) == .whole)
    }

    @Test func tags() throws {
        let strong = try #require(EntityTag("\"a,b\""))
        let weak = try #require(EntityTag("W/\"a,b\""))
        #expect(strong.opaque == weak.opaque && !strong.isWeak && weak.isWeak)
        #expect(strong.stronglyMatches(strong) && !strong.stronglyMatches(weak) && !weak.stronglyMatches(weak))
        #expect(strong.inGzip.text == "\"a,b-gzip\"" && strong.inGzip.uncoded == strong)
        #expect(weak.inGzip == weak)
        for bad in ["", "a", "\"a", "a\"", "\"a\"b", "w/\"a\"", "W/", "\"a b\"", "*"] { #expect(EntityTag(bad) == nil) }
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Tue, 29 Feb 2028 23:59:59 GMT", 1_835_481_599),
        ("", nil), ("now", nil), ("Sun, 06 Nov 1994 08:49:37", nil), ("Sun, 06 Nov 1994 08:49 GMT", nil),
        ("Sun, 06 Foo 1994 08:49:37 GMT", nil), ("Sun, 66 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 28:49:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:37 CET", nil),
    ])
    func dates(_ text: String, _ seconds: Int?) {
        #expect(HTTPDate(text)?.seconds == seconds)
    }

    @Test func datesAreWrittenAsTheyAreRead() {
        #expect(HTTPDate(seconds: 784_111_777).text == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    /// By the order of RFC 9110 §13.2.2, of a representation with the tag "a", last modified at 784111777.
    private static let conditions: [(HTTPFields, Preconditions.Outcome)] = [
        ([:], .met),
        ([.ifNoneMatch: "\"a\""], .notModified(eTag: "\"a\"")), ([.ifNoneMatch: "\"b\""], .met),
        ([.ifNoneMatch: "\"b\", W/\"a\""], .notModified(eTag: "W/\"a\"")),
        ([.ifNoneMatch: "\"x,y\",\"a\""], .notModified(eTag: "\"a\"")),
        ([.ifNoneMatch: " * "], .notModified(eTag: "\"a\"")), ([.ifNoneMatch: "a"], .met),
        ([.ifNoneMatch: "\"a-gzip\""], .notModified(eTag: "\"a-gzip\"")),
        ([.ifMatch: "\"a\""], .met), ([.ifMatch: "*"], .met), ([.ifMatch: "\"b\", \"a\""], .met),
        ([.ifMatch: "\"b\""], .failed), ([.ifMatch: "W/\"a\""], .failed), ([.ifMatch: "a"], .failed),
        ([.ifMatch: "\"a-gzip\""], .met),
        ([.ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"], .notModified(eTag: "\"a\"")),
        ([.ifModifiedSince: "Sun, 06 Nov 1994 08:49:36 GMT"], .met), ([.ifModifiedSince: "yesterday"], .met),
        ([.ifUnmodifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"], .met),
        ([.ifUnmodifiedSince: "Sun, 06 Nov 1994 08:49:36 GMT"], .failed), ([.ifUnmodifiedSince: "yesterday"], .met),
        // Tags come before dates.
        ([.ifNoneMatch: "\"b\"", .ifModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"], .met),
        ([.ifMatch: "\"a\"", .ifUnmodifiedSince: "Sun, 06 Nov 1994 08:49:36 GMT"], .met),
        // What must match comes before what must not.
        ([.ifMatch: "\"b\"", .ifNoneMatch: "\"a\""], .failed),
        ([.ifMatch: "\"a\"", .ifNoneMatch: "\"a\""], .notModified(eTag: "\"a\"")),
        ([.ifUnmodifiedSince: "Sun, 06 Nov 1994 08:49:36 GMT", .ifNoneMatch: "\"a\""], .failed),
    ]

    @Test(arguments: conditions)
    func preconditions(_ fields: HTTPFields, _ outcome: Preconditions.Outcome) {
        let request = HTTPServerRequest(method: .get, target: "/", headers: fields)
        let date = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(Preconditions(request).evaluate(eTag: "\"a\"", lastModified: date) == outcome)
        // What would spare reading forbids writing.
        let writing = HTTPServerRequest(method: .put, target: "/", headers: fields)
        let byTag = fields[.ifModifiedSince] == nil || fields[.ifNoneMatch] != nil
        var expected = outcome
        if case .notModified = outcome { expected = byTag ? .failed : .met }
        #expect(Preconditions(writing).evaluate(eTag: "\"a\"", lastModified: date) == expected)
    }

    @Test func preconditionsOfWhatIsNotThere() {
        func outcome(_ fields: HTTPFields) -> Preconditions.Outcome {
            Preconditions(HTTPServerRequest(method: .put, target: "/", headers: fields)).evaluate(
                eTag: nil, exists: false)
        }
        #expect(outcome([.ifMatch: "*"]) == .failed)
        #expect(outcome([.ifMatch: "\"a\""]) == .failed)
        #expect(outcome([.ifNoneMatch: "*"]) == .met)
    }

    @Test(arguments: [
        ("gzip", true), ("GZip", true), ("x-gzip", true), ("deflate, gzip;q=0.5, br", true), ("*", true),
        ("gzip;q=1.000", true), ("gzip ; q=0.001", true), ("identity;q=0.5, gzip;q=0.5", true),
        ("", false), ("identity", false), ("br, deflate", false), ("gzip;q=0", false), ("gzip;q=0.000", false),
        ("*;q=0", false), ("gzip;q=0, *", false), ("identity, gzip;q=0.5", false), ("gzip;q=x", false),
        ("gzip;q=2", false), ("gzip;q=-1", false), ("gzipped", false), ("identity;q=0, *;q=0", false),
    ])
    func codings(_ header: String, _ prefersGzip: Bool) {
        #expect(AcceptedCodings.prefersGzip([header]) == prefersGzip)
    }

    @Test func noCodingAskedForIsNone() {
        #expect(!AcceptedCodings.prefersGzip([]))
        #expect(AcceptedCodings.prefersGzip(["br", "gzip"]))
    }

    @Test(arguments: [
        ("application/json", true), ("Application/JSON; charset=utf-8", true), ("text/csv", true),
        ("application/problem+json", true), ("image/svg+xml", true), ("text/event-stream", false),
        ("application/octet-stream", false), ("image/png", false), ("", false),
    ])
    func types(_ type: String, _ isCompressible: Bool) {
        #expect(ContentRules.isCompressible(type) == isCompressible)
    }
}
