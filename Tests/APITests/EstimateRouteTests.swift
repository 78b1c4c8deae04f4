import Foundation
import HTTPTypes
import LearningCurves
import Storage
import Testing

@testable import API

@Suite struct EstimateRouteTests {
    let api: TestAPI

    init() async throws { api = try await TestAPI() }

    func estimate(_ json: String) async throws -> TestAPI.Reply {
        try await api.ask(.post, "/v1/estimates", json: json)
    }

    /// U-Net on ISIC 2018, test Dice (docs/estimates.md).
    static let skinLesions = """
        [{"n": 181, "dsc": 0.7548}, {"n": 453, "dsc": 0.8019}, {"n": 907, "dsc": 0.8377}, {"n": 1815, "dsc": 0.8589}]
        """

    @Test func numbersFromElsewhereAreAnswered() async throws {
        let reply = try await estimate(#"{"points": \#(Self.skinLesions), "target_dsc": 0.82, "at_n": 1000}"#)
        #expect(reply.status == 200)
        let body: EstimateBody = try reply.decoded()
        #expect(body.sweepID == nil && body.status == "reached" && body.nPlateau == nil && body.depth == nil)
        let target = try #require(body.nTarget?.size)
        #expect(target.low < 907 && target.value < 1815 && target.fraction == nil)
        let expected = try #require(body.expected)
        #expect(expected.n == 1000 && expected.low < 0.84 && 0.84 < expected.high && !expected.extrapolated)
        #expect(body.byDepth.count == 1 && body.byDepth[0].depth == nil && body.byDepth[0].curve.count > 20)
        #expect(body.advice.contains("still rises"))
        let step = try #require(body.nextStep)
        #expect(step.sizes == [2600, 3600] && step.quantity == "gain_of_doubling" && step.widthThen < step.widthNow)
    }

    @Test func fractionsAreOfTheMostThereCanBe() async throws {
        let reply = try await estimate(
            #"{"points": \#(Self.skinLesions), "target_dsc": 0.82, "max_n": 2594, "at_n": 1297}"#)
        let body: EstimateBody = try reply.decoded()
        let size = try #require(body.nTarget?.size)
        #expect(body.poolSize == 2594 && body.referenceN == 2594 && body.expected?.fraction == 0.5)
        #expect(size.fraction == Double(size.value) / 2594 && size.lowFraction == Double(size.low) / 2594)
        #expect(body.nextStep?.sizes == [2594])
    }

    @Test func depthsAreTold() async throws {
        let points = [3, 4].flatMap { depth in
            [20, 40, 80, 160].map { n in
                #"{"n": \#(n), "dsc": \#(0.9 - 2 / Double(n) - 0.05 * Double(depth)), "sd": 0.004, "seed": 0, "depth": \#(depth)}"#
            }
        }
        let body: EstimateBody = try await estimate(#"{"points": [\#(points.joined(separator: ","))]}"#).decoded()
        #expect(body.depth == 3 && body.byDepth.map(\.depth) == [3, 4])
        #expect(body.evidence.count == 8 && body.evidence.allSatisfy { $0.standardError == 0.004 && $0.runID == nil })
    }

    @Test func tooFewSizesSayWhatTheNextOnesAreWorth() async throws {
        let body: EstimateBody = try await estimate(
            #"{"points": [{"n": 50, "dsc": 0.5}, {"n": 100, "dsc": 0.6}], "target_dsc": 0.7}"#
        ).decoded()
        #expect(body.status == "insufficient_data" && body.nTarget?.status == "insufficient_data")
        let step = try #require(body.nextStep)
        #expect(step.sizes == [140, 200] && step.quantity == "expected_dsc" && step.widthThen < step.widthNow)
        #expect(body.advice.contains("would narrow the 90 % interval of the DSC expected of 100 images from"))
    }

    /// Asked thousands of times by a service, it leaves no trace, in the list of who changed what either.
    @Test func nothingIsStored() async throws {
        // The first request with a token notes that it was used, as does the first of every minute.
        let stopped = Date()
        let api = try await TestAPI(now: { stopped })
        let body = #"{"points": \#(Self.skinLesions)}"#
        let first = try await api.ask(.post, "/v1/estimates", json: body)
        let generation = api.store.generation
        let second = try await api.ask(.post, "/v1/estimates", json: body)
        #expect(first.status == 200 && first.body == second.body)
        #expect(api.store.generation == generation)
    }

    @Test(arguments: [
        ("{}", "/points", "is required"), (#"{"points": []}"#, "/points", "must have 1 to 10000 items; got 0"),
        (#"{"points": [0.5]}"#, "/points/0", "must be an object"),
        (#"{"points": [{"n": 5}]}"#, "/points/0/dsc", "is required"),
        (#"{"points": [{"n": 0, "dsc": 0.5}]}"#, "/points/0/n", "must be an integer from 1 to 100000000; got 0"),
        (#"{"points": [{"n": 5, "dsc": 50}]}"#, "/points/0/dsc", "must be a number from 0.0 to 1.0; got 50"),
        (#"{"points": [{"n": 5, "dsc": 0.5, "sd": -1}]}"#, "/points/0/sd", "from 0.0 to 1.0"),
        (#"{"points": [{"n": 5, "dsc": 0.5, "depth": 0}]}"#, "/points/0/depth", "from 1 to 32"),
        (#"{"points": [{"n": 5, "dice": 0.5}]}"#, "/points/0/dice", "is not a field here"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "target_dsc": 1}"#, "/target_dsc", "from 0.001 to 0.999"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "delta": 0}"#, "/delta", "from 0.0001 to 0.5"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "confidence": 0.4}"#, "/confidence", "from 0.5 to 0.99"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "max_n": 0}"#, "/max_n", "from 1 to 100000000"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "at_n": 1.5}"#, "/at_n", "must be an integer"),
        (#"{"points": [{"n": 5, "dsc": 0.5}], "target": 0.5}"#, "/target", "is not a field here"),
    ])
    func whatIsWrongIsNamed(json: String, pointer: String, detail: String) async throws {
        let reply = try await estimate(json)
        #expect(reply.status == 422)
        let errors = try reply.decoded(ProblemBody.self).errors ?? []
        #expect(errors.contains { $0.pointer == pointer && $0.detail.contains(detail) }, "\(errors)")
    }
}
