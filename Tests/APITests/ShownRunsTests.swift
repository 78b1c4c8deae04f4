import HTTP
import HTTPTypes
import Storage
import Testing

@testable import API

/// What was answered about a run holds until the store is written to, and not a moment longer.
@Suite struct ShownRunsTests {
    private func answer(_ text: String) -> ShownRuns.Answer { .init(etag: text, json: Array(text.utf8)) }

    @Test func anAnswerIsMadeOnceAGeneration() async throws {
        let shown = ShownRuns()
        #expect(try await shown.answer("a", generation: 1) { answer("first") }.etag == "first")
        #expect(try await shown.answer("a", generation: 1) { answer("second") }.etag == "first")
        #expect(try await shown.answer("b", generation: 1) { answer("other") }.etag == "other")
        #expect(try await shown.answer("a", generation: 2) { answer("third") }.etag == "third")
        #expect(try await shown.answer("b", generation: 2) { answer("fourth") }.etag == "fourth")
    }

    @Test func whatWasReadBeforeAWriteIsNotKeptAfterIt() async throws {
        let shown = ShownRuns()
        // A reader of generation 1 comes to its end after one of generation 2 has.
        let late = try await shown.answer("a", generation: 1) {
            _ = try await shown.answer("a", generation: 2) { answer("new") }
            return answer("old")
        }
        #expect(late.etag == "old")
        #expect(try await shown.answer("a", generation: 2) { answer("newer") }.etag == "new")
    }

    @Test func noMoreThanTheLimitAreKept() async throws {
        let shown = ShownRuns()
        for number in 0...ShownRuns.limit {
            _ = try await shown.answer("\(number)", generation: 1) { answer("\(number)") }
        }
        #expect(try await shown.answer("0", generation: 1) { answer("anew") }.etag == "anew")
    }

    @Test func everyWriteIsCounted() async throws {
        let test = try await TestAPI()
        let store = test.store
        let before = store.generation
        try await store.probe()
        #expect(store.generation == before + 1)
    }
}
