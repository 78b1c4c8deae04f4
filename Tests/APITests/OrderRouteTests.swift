import HTTPTypes
import Storage
import Testing

@testable import API

/// What is asked of a run or a sweep under way, and how its worker hears of it.
@Suite(.timeLimit(.minutes(1))) struct OrderRouteTests {
    @Test(arguments: ["runs", "sweeps"]) func aRunIsHeldBackAndLetGo(kind: String) async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 3)
        let target = "/v1/\(kind)/\(kind == "runs" ? run.id : run.sweepID)"
        #expect(try await test.ask(.post, target + "/pause").status == 200)
        var shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "running" && shown.pause == String(kind.dropLast()))
        #expect(
            try await test.ask(.post, "/v1/worker/runs/\(run.id)/release", json: #"{"attempt":1}"#).status == 200)
        shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "paused")
        let sweep = try await test.ask(.get, "/v1/sweeps/\(run.sweepID)").decoded(SweepBody.self)
        #expect(sweep.state == (kind == "runs" ? "running" : "paused") && sweep.runs.paused == 1)
        #expect(try await test.ask(.post, target + "/resume").status == 200)
        shown = try await test.ask(.get, "/v1/runs/\(run.id)").decoded(RunBody.self)
        #expect(shown.state == "queued" && shown.pause == nil)
        #expect(try await test.ask(.post, "/v1/\(kind)/none/pause").status == 404)
        #expect(try await test.ask(.post, "/v1/\(kind)/none/resume").status == 404)
    }

    /// A heartbeat would wait for half a minute, which is longer than this test may last.
    @Test(arguments: ["runs", "sweeps"]) func aHeartbeatThatWaitsIsAnsweredWithTheOrder(kind: String) async throws {
        let test = try await TestAPI(leaseSeconds: 3600)
        let run = try await test.claimedRun(epochs: 3)
        async let beat = test.ask(
            .post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1,"wait_seconds":30}"#)
        let target = "/v1/\(kind)/\(kind == "runs" ? run.id : run.sweepID)"
        #expect(try await test.ask(.post, target + "/pause").status == 200)
        let clock = ContinuousClock.now
        #expect(try await beat.decoded(HeartbeatBody.self).order == "pause")
        #expect(ContinuousClock.now - clock < .seconds(15))
        // From now on each answer says so.
        let again = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1,"wait_seconds":30}"#)
        #expect(try again.decoded(HeartbeatBody.self).order == "pause")
    }

    @Test func aHeartbeatThatWaitsIsRefusedWhenItsRunIsCancelled() async throws {
        let test = try await TestAPI(leaseSeconds: 3600)
        let run = try await test.claimedRun(epochs: 3)
        async let beat = test.ask(
            .post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1,"wait_seconds":30}"#)
        #expect(try await test.ask(.post, "/v1/runs/\(run.id)/cancel").status == 200)
        let clock = ContinuousClock.now
        let reply = try await beat
        #expect(reply.status == 409)
        #expect(try reply.decoded(ProblemBody.self).type == "urn:plateau:problem:stale-attempt")
        #expect(ContinuousClock.now - clock < .seconds(15))
    }

    @Test func aHeartbeatWaitsForNothingWhenTheServerStops() async throws {
        let test = try await TestAPI(leaseSeconds: 3600)
        let run = try await test.claimedRun(epochs: 3)
        test.api.endWaits()
        let clock = ContinuousClock.now
        let reply = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1,"wait_seconds":30}"#)
        #expect(reply.status == 200 && ContinuousClock.now - clock < .seconds(15))
        #expect(try reply.decoded(HeartbeatBody.self).order == nil)
    }

    @Test(arguments: ["-1", "30.5", #""long""#]) func aWaitBeyondItsBoundsIsRefused(_ wait: String) async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 3)
        let reply = try await test.ask(
            .post, "/v1/worker/runs/\(run.id)/heartbeat", json: #"{"attempt":1,"wait_seconds":\#(wait)}"#)
        #expect(reply.status == 422)
        #expect(try reply.decoded(ProblemBody.self).errors?.map(\.pointer) == ["/wait_seconds"])
    }

    @Test func recordsAndCheckpointsAreAnsweredWithTheOrder() async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 3)
        func record(_ epoch: Int) async throws -> EpochsAcceptedBody {
            let point = """
                {"epoch":\(epoch),"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.1,"seconds":1,"images_seen":1}
                """
            return try await test.ask(
                .post, "/v1/worker/runs/\(run.id)/epochs", json: #"{"attempt":1,"epochs":[\#(point)]}"#
            ).decoded()
        }
        func checkpoint(_ step: Int) async throws -> CheckpointSavedBody {
            try await test.ask(
                .put, "/v1/worker/runs/\(run.id)/checkpoint?attempt=1&epoch=0&step=\(step)", [1, 2, 3]
            ).decoded()
        }
        #expect(try await record(1).order == nil)
        #expect(try await checkpoint(1).order == nil)
        _ = try await test.ask(.post, "/v1/runs/\(run.id)/pause")
        let second = try await record(2)
        #expect(second.order == "pause" && second.epochsDone == 2)
        #expect(try await checkpoint(2).order == "pause")
    }
}
