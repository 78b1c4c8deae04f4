import HTTPTypes
import LearningCurves
import Storage
import Testing

@testable import API

@Suite struct ForecastRouteTests {
    let api: TestAPI

    init() async throws { api = try await TestAPI() }

    func forecast(_ json: String) async throws -> TestAPI.Reply {
        try await api.ask(.post, "/v1/forecasts", json: json)
    }

    @Test func numbersAreTheDSCAfterEachEpoch() async throws {
        let reply = try await forecast(#"{"curve": [0.2, 0.5, 0.6, 0.65], "total_epochs": 20}"#)
        #expect(reply.status == 200)
        let body: ForecastBody = try reply.decoded()
        #expect(body.method == "surrogate" && body.modelVersion == 0 && !body.final && body.runID == nil)
        #expect(body.epochsSeen == 4 && body.epochsTotal == 20 && body.lastValDSC == 0.65)
        let values = ["0.05", "0.25", "0.5", "0.75", "0.95"].compactMap { body.quantiles[$0] }
        #expect(values.count == 5 && values == values.sorted() && values.allSatisfy { (0...1).contains($0) })
        #expect(values[2] > 0.65)
    }

    /// The same curve told in objects gets the same answer; what else is known may change it.
    @Test func objectsSayMore() async throws {
        let plain = try await forecast(#"{"curve": [0.2, 0.5], "total_epochs": 20}"#)
        let objects = try await forecast(
            #"{"curve": [{"epoch": 1, "val_dsc": 0.2}, {"epoch": 2, "val_dsc": 0.5}], "total_epochs": 20, "config": {}}"#
        )
        #expect(plain.status == 200 && objects.status == 200 && plain.body == objects.body)
        let more = try await forecast(
            """
            {"curve": [{"epoch": 2, "val_dsc": 0.2, "train_loss": 0.9, "val_loss": -0.5}, {"epoch": 9, "val_dsc": 0.5}],
             "total_epochs": 20, "config": {"size": 100, "fraction": 0.5, "depth": 4, "dimensions": 3,
             "parameter_count": 1000000}}
            """)
        #expect(more.status == 200)
        #expect(try more.decoded(ForecastBody.self).epochsSeen == 9)
    }

    @Test func aWholeCurveIsItsOwnForecast() async throws {
        let body: ForecastBody = try await forecast(#"{"curve": [0.2, 0.5, 0.7], "total_epochs": 3}"#).decoded()
        #expect(body.final && body.method == "last_value" && body.modelVersion == nil)
        #expect(body.quantiles["0.05"] == 0.7)
    }

    @Test(arguments: [
        ("{}", "/curve", "is required"),
        (#"{"curve": [0.1]}"#, "/total_epochs", "is required"),
        (#"{"curve": [], "total_epochs": 5}"#, "/curve", "must have 1 to 10000 items; got 0"),
        (#"{"curve": 0.5, "total_epochs": 5}"#, "/curve", "must be a list"),
        (#"{"curve": [0.1, 1.5], "total_epochs": 5}"#, "/curve/1", "must be a number from 0.0 to 1.0; got 1.5"),
        (#"{"curve": [0.1, "x"], "total_epochs": 5}"#, "/curve/1", "an object with epoch and val_dsc; got \"x\""),
        (#"{"curve": [0.1, 0.2], "total_epochs": 1}"#, "/total_epochs", "must be an integer from 2 to 10000; got 1"),
        (#"{"curve": [0.1, 0.2, 0.3], "total_epochs": 2}"#, "/curve/2", "epoch 3, but total_epochs is 2"),
        (
            #"{"curve": [{"epoch": 2, "val_dsc": 0.1}, {"epoch": 2, "val_dsc": 0.1}], "total_epochs": 5}"#,
            "/curve/1", "must be greater than the epoch before it, 2"
        ),
        (#"{"curve": [{"epoch": 1, "val_dice": 0.1}], "total_epochs": 5}"#, "/curve/0/val_dice", "is not a field here"),
        (#"{"curve": [{"epoch": 1}], "total_epochs": 5}"#, "/curve/0/val_dsc", "is required"),
        (
            #"{"curve": [{"epoch": 1, "val_dsc": 1, "val_loss": 1e30}], "total_epochs": 5}"#, "/curve/0/val_loss",
            "must be"
        ),
        (#"{"curve": [0.1], "total_epochs": 5, "config": {"dimensions": 4}}"#, "/config/dimensions", "from 2 to 3"),
        (#"{"curve": [0.1], "total_epochs": 5, "config": {"dims": 2}}"#, "/config/dims", "is not a field here"),
    ])
    func whatIsWrongIsNamed(json: String, pointer: String, detail: String) async throws {
        let reply = try await forecast(json)
        #expect(reply.status == 422)
        let errors = try reply.decoded(ProblemBody.self).errors ?? []
        #expect(errors.contains { $0.pointer == pointer && $0.detail.contains(detail) }, "\(errors)")
    }

    @Test func runsAreForecastFromTheFirstDay() async throws {
        let run = try await api.trainedRun(epochs: 1)
        let complete: ForecastBody = try await api.ask(.get, "/v1/runs/\(run.id)/forecast").decoded()
        #expect(complete.final && complete.runID == run.id)
        let young = try await api.claimedRun(epochs: 5)
        _ = try await api.store.record(
            [.init(epoch: 1, trainLoss: 1, valLoss: 1, valDSC: 0.3, learningRate: 0.01, seconds: 1, imagesSeen: 1)],
            run: young.id, attempt: young.attempt)
        let body: ForecastBody = try await api.ask(.get, "/v1/runs/\(young.id)/forecast").decoded()
        #expect(body.method == "surrogate" && body.modelVersion == 0 && body.epochsSeen == 1 && body.epochsTotal == 5)
    }

    /// What an older program stored cannot be read by this one; its own surrogate does meanwhile.
    @Test func aSurrogateOfAnotherProgramIsPassedOver() async throws {
        try await api.store.insertSurrogate(
            version: 1, bytes: Array("PLSG".utf8) + [1, 0, 0, 0], curves: 12, figuresJSON: "{}")
        try await api.api.prepare()
        let body: ForecastBody = try await forecast(#"{"curve": [0.2, 0.5], "total_epochs": 20}"#).decoded()
        #expect(body.method == "surrogate" && body.modelVersion == 0)
    }
}
