import Testing

@testable import Worker

@Suite struct BackoffTests {
    @Test func doublesUpToTenSeconds() {
        var backoff = Backoff()
        let pauses = (0..<100).map { _ in backoff.next(jitter: 0) }
        let milliseconds = [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]
        #expect(Array(pauses.prefix(9)) == milliseconds.map { .milliseconds($0) })
        #expect(pauses.dropFirst(9).allSatisfy { $0 == .seconds(10) })
    }

    @Test func isShortenedByUpToAHalf() {
        var backoff = Backoff()
        #expect(backoff.next(jitter: 0.5) == .milliseconds(150))
        #expect(backoff.next(jitter: 1) == .milliseconds(200))
        for _ in 0..<1000 {
            let pause = backoff.next()
            #expect(pause > .milliseconds(400) && pause <= .seconds(10))
        }
    }
}
