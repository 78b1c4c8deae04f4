import Foundation
import HTTPTypes
import Testing

@testable import API

/// What a claim answers, and what of it is kept for the next.
@Suite struct ClaimTests {
    @Test func theAnswerIsWhatTheEncoderWouldMake() async throws {
        let test = try await TestAPI()
        try await test.addImages()
        let body = #"{"dataset":"set","sizes":[1,2],"depths":[3],"training":{"epochs":2}}"#
        let sweep = try await test.ask(.post, "/v1/sweeps", json: body).decoded(SweepBody.self)
        for size in [1, 2] {
            let reply = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w"}"#)
            let claim = try reply.decoded(ClaimBody.self)
            #expect(try JSONCoding.encoder().encode(claim) == Data(reply.body))
            #expect(claim.run.sweepID == sweep.id && claim.run.size == size && claim.run.attempt == 1)
            #expect(claim.run.epochsTotal == 2 && claim.training == sweep.training)
            #expect(claim.dataset.path == "/data" && claim.dataset.classes.map(\.name) == ["foreground"])
            #expect(claim.cases.validation == ["c"] && claim.cases.test == ["d"] && claim.checkpoint == nil)
        }
        // The second came from what was kept of the first.
        #expect(test.api.recipes.bytes > 0 && test.api.subsets.bytes > 0 && test.api.datasets.bytes > 0)
    }

    @Test func textsAreEscapedAsJSON() throws {
        let texts = ["plain", "with \"quotes\" and \\", "line\nbreak\u{1}", "große Fälle", ""]
        #expect(try JSONDecoder().decode([String].self, from: Data(JSONText.list(texts))) == texts)
        #expect(JSONText.list([]) == Array("[]".utf8))
    }
}
