import Foundation
import Locks
import Testing

@testable import HTTP
@testable import Worker

@Suite(.timeLimit(.minutes(2))) struct BatchFeedTests {
    @Test func givesWhatTheMakerMakesInOrder() async throws {
        let expected = try (3..<15).map { try BoxSource().maker().batch($0) }
        let found = try await onThread {
            let feed = BatchFeed(BoxSource().maker(), steps: 3..<15)
            defer { feed.end() }
            return try (3..<15).map { _ in
                let batch = try feed.next()
                // A copy stays here while the storage is used again.
                feed.giveBack(batch)
                return batch
            }
        }
        #expect(found == expected)
    }

    @Test func neverRunsFurtherAheadThanTwo() async throws {
        let asked = Guarded(0)
        let made = Guarded(0)
        var source = BoxSource()
        source.onSample = {
            let samples = made.withLock { made -> Int in
                made += 1
                return made
            }
            // Two samples a batch: two batches that wait, and the one that was asked for.
            #expect(samples <= 2 * (2 + asked.withLock { $0 }))
        }
        let maker = source.maker()
        try await onThread {
            let feed = BatchFeed(maker, steps: 0..<30)
            for _ in 0..<30 {
                asked.withLock { $0 += 1 }
                feed.giveBack(try feed.next())
            }
            feed.end()
        }
        #expect(made.withLock { $0 } == 60)
    }

    /// While it makes a batch, while it waits for room, before it has begun, and after its last.
    @Test(arguments: [0, 1, 2, 5]) func endsAtAnyTime(taken: Int) async throws {
        let found = try await onThread {
            let feed = BatchFeed(BoxSource().maker(), steps: 0..<5)
            let found = try (0..<taken).map { _ in try feed.next() }
            feed.end()
            feed.end()
            return found
        }
        let expected = try (0..<taken).map { try BoxSource().maker().batch($0) }
        #expect(found == expected)
    }

    @Test func anEndIsHeardBetweenSamples() async throws {
        let isMaking = StopSignal()
        let mayGoOn = StopSignal()
        let made = Guarded(0)
        var source = BoxSource()
        source.onSample = {
            made.withLock { $0 += 1 }
            isMaking.stop()
            #expect(mayGoOn.wait(.seconds(100)))
        }
        let maker = source.maker()
        try await onThread {
            let feed = BatchFeed(maker, steps: 0..<5)
            #expect(isMaking.wait(.seconds(100)))
            // While the first sample is under way; the second of its batch is not begun.
            feed.stop()
            mayGoOn.stop()
            feed.end()
        }
        #expect(made.withLock { $0 } == 1)
    }

    @Test func whatGoesWrongIsToldInItsPlace() async throws {
        var source = BoxSource()
        source.brokenID = "5"
        let maker = source.maker()
        let expected = (0..<4).map { step in try? maker.batch(step) }
        try await onThread {
            let feed = BatchFeed(maker, steps: 0..<20)
            defer { feed.end() }
            for batch in expected.prefix(while: { $0 != nil }) {
                let found = try feed.next()
                #expect(found == batch)
            }
            for _ in 0..<2 { #expect(throws: BoxSource.Broken(id: "5")) { _ = try feed.next() } }
        }
    }
}
