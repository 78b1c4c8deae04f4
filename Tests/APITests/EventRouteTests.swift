import Foundation
import HTTP
import HTTPTypes
import Storage
import Testing

@testable import API

/// Events and long polls: what is announced arrives, once.
@Suite struct EventRouteTests {
    private struct Event: Equatable {
        var id = ""
        var event = ""
        var data = ""
    }

    /// What a client has got, for a test to wait on.
    private actor Inbox {
        private var text = ""
        private var waiting: [CheckedContinuation<Void, Never>] = []

        var events: [Event] {
            text.components(separatedBy: "\n\n").dropLast().filter { !$0.hasPrefix(":") }.map { block in
                var event = Event()
                for line in block.split(separator: "\n") {
                    let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                    switch parts[0] {
                    case "id": event.id = parts[1]
                    case "event": event.event = parts[1]
                    default: event.data += parts[1]
                    }
                }
                return event
            }
        }

        func receive(_ bytes: [UInt8]) {
            text += String(decoding: bytes, as: UTF8.self)
            for continuation in waiting { continuation.resume() }
            waiting = []
        }

        func first(_ count: Int) async -> [Event] {
            while events.count < count {
                await withCheckedContinuation { waiting.append($0) }
            }
            return events
        }
    }

    /// Follows a stream while `body` runs, or to its end where there is none.
    private func follow(
        _ test: TestAPI, _ target: String, last: String? = nil, _ body: ((Inbox) async throws -> Void)? = nil
    ) async throws -> [Event] {
        let response = try await test.respond(.get, target, headers: last.map { [.lastEventID: $0] } ?? [:])
        if response.status == .noContent { return [] }
        #expect(response.headers[.contentType] == "text/event-stream")
        guard case .stream(let produce) = response.body else {
            Issue.record("no stream")
            return []
        }
        let inbox = Inbox()
        let reading = Task { try await produce(ResponseWriter { await inbox.receive($0) }) }
        if let body {
            try await body(inbox)
            reading.cancel()
            _ = await reading.result
        } else {
            try await reading.value
        }
        return await inbox.events
    }

    private func epoch(_ number: Int) -> String {
        """
        {"epoch":\(number),"train_loss":1,"val_loss":1,"val_dsc":0.5,"learning_rate":0.001,"seconds":1,"images_seen":\(number)}
        """
    }

    private func record(_ test: TestAPI, _ run: RunRecord, _ numbers: ClosedRange<Int>) async throws {
        let body = #"{"attempt":\#(run.attempt),"epochs":[\#(numbers.map(epoch).joined(separator: ","))]}"#
        let reply = try await test.ask(.post, "/v1/worker/runs/\(run.id)/epochs", json: body)
        #expect(reply.status == 200)
    }

    private func finish(_ test: TestAPI, _ run: RunRecord) async throws {
        let body = #"{"attempt":\#(run.attempt),"test_dsc":0.5,"test_dsc_sd":0,"test_cases":1}"#
        #expect(try await test.ask(.post, "/v1/worker/runs/\(run.id)/finish", json: body).status == 200)
    }

    @Test func aRunIsFollowedToItsEnd() async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 4)
        let events = try await follow(test, "/v1/runs/\(run.id)/events") { inbox in
            #expect(await inbox.first(1).map(\.event) == ["run"])
            try await record(test, run, 1...2)
            #expect(await inbox.first(3).map(\.event) == ["run", "epoch", "epoch"])
            try await record(test, run, 3...4)
            _ = await inbox.first(5)
            try await finish(test, run)
            _ = await inbox.first(6)
        }
        #expect(events.map(\.event) == ["run", "epoch", "epoch", "epoch", "epoch", "run"])
        #expect(events[0].data.contains("\"state\":\"running\""))
        #expect(events[2].data.contains("\"epoch\":2") && events[2].data.contains("\"run_id\":\"\(run.id)\""))
        #expect(events[5].data.contains("\"state\":\"succeeded\""))
        #expect(Set(events.map(\.id)).count == 6)

        // From wherever a client left off it gets the rest, and the same ids.
        for (index, event) in events.enumerated() {
            let rest = try await follow(test, "/v1/runs/\(run.id)/events", last: event.id)
            #expect(rest.map(\.id) == events[(index + 1)...].map(\.id))
        }
        // Nothing more will come: a browser is told not to come back.
        let over = try await test.respond(
            .get, "/v1/runs/\(run.id)/events", headers: [.lastEventID: events.last?.id ?? ""])
        #expect(over.status == .noContent)
    }

    @Test func aSweepIsFollowedAcrossRestarts() async throws {
        let test = try await TestAPI()
        let first = try await test.claimedRun(epochs: 2, runs: 2)
        let target = "/v1/sweeps/\(first.sweepID)/events"
        var seen = try await follow(test, target) { inbox in
            // Both runs and the sweep.
            _ = await inbox.first(3)
            try await record(test, first, 1...2)
            _ = await inbox.first(5)
        }
        #expect(Set(seen.map(\.event)) == ["sweep", "run", "epoch"])
        // While the client is away a second server takes over.
        try await finish(test, first)
        let claim = try await test.ask(.post, "/v1/worker/claim", json: #"{"worker":"w"}"#)
        #expect(claim.status == 200)
        let again = try test.restarted()
        let second = try #require(
            try await again.store.runs(ofSweep: first.sweepID, limit: 2).items.first { $0.id != first.id })
        seen += try await follow(again, target, last: seen.last?.id) { inbox in
            _ = await inbox.first(2)
            try await record(again, second, 1...2)
            try await finish(again, second)
            _ = await inbox.first(6)
        }
        #expect(Set(seen.map(\.id)).count == seen.count)
        let epochs = seen.filter { $0.event == "epoch" }.map(\.data)
        #expect(epochs.count == 4)
        for run in [first, second] {
            #expect(epochs.filter { $0.contains(run.id) }.count == 2)
            #expect(seen.contains { $0.event == "run" && $0.data.contains(run.id) && $0.data.contains("succeeded") })
        }
        #expect(seen.last?.event == "run" || seen.last?.event == "sweep")
        #expect(seen.contains { $0.event == "sweep" && $0.data.contains("\"state\":\"succeeded\"") })
        // Ids are those of what is stored: a client that begins anew is told the same.
        let whole = try await follow(again, target)
        #expect(Set(whole.map(\.id)).isSubset(of: Set(seen.map(\.id))))
        #expect(whole.filter { $0.event == "epoch" }.map(\.data) == epochs)
    }

    @Test(arguments: ["", "x", "1-2", "1-2-3-4", "-1-0-0", "1-2-x", "99999999999999999999-0-0"])
    func anIDThatIsNone(_ id: String) async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 1)
        let reply = try await test.respond(.get, "/v1/runs/\(run.id)/events", headers: [.lastEventID: id])
        #expect(reply.status == .unprocessableContent)
    }

    @Test func whatIsNotThereHasNoEvents() async throws {
        let test = try await TestAPI()
        #expect(try await test.ask(.get, "/v1/runs/run_x/events").status == 404)
        #expect(try await test.ask(.get, "/v1/sweeps/sw_x/events").status == 404)
    }

    @Test func theEndOfWaitsEndsStreams() async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 1)
        let events = try await follow(test, "/v1/sweeps/\(run.sweepID)/events") { inbox in
            _ = await inbox.first(2)
            test.api.endWaits()
        }
        #expect(events.count == 2)
    }

    @Test func aLongPollAnswersWhenSomethingHappens() async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 2)
        let target = "/v1/runs/\(run.id)"
        let etag = try #require(try await test.ask(.get, target).headers[.eTag])
        // Without a tag there is nothing to wait for.
        #expect(try await test.ask(.get, target + "?wait=30").status == 200)
        #expect(try await test.ask(.get, target, headers: [.ifNoneMatch: etag]).status == 304)
        async let answer = test.ask(.get, target + "?wait=30", headers: [.ifNoneMatch: etag])
        try await record(test, run, 1...1)
        let later = try await answer
        #expect(later.status == 200)
        #expect(later.headers[.eTag] != etag)
    }

    @Test func aLongPollIsOverInTime() async throws {
        let test = try await TestAPI()
        let run = try await test.claimedRun(epochs: 1)
        let target = "/v1/sweeps/\(run.sweepID)"
        let version = try await test.store.sweep(run.sweepID).version
        let headers: HTTPFields = [.ifNoneMatch: "\"\(run.sweepID)-\(version)\""]
        let reply = try await test.ask(.get, target + "?wait=0.05", headers: headers)
        #expect(reply.status == 304)
        #expect(try await test.ask(.get, target + "?wait=31", headers: headers).status == 422)
        async let waiting = test.ask(.get, target + "?wait=30", headers: headers)
        test.api.endWaits()
        #expect(try await waiting.status == 304)
    }
}
