import Foundation
import HTTP
import HTTPTypes
import Storage

/// Streams of what happens to a run or a sweep. An event's id is the change's position, which is derived from what is
/// stored: a client that comes back with `Last-Event-ID`, also to another start of the server, misses nothing and sees
/// nothing twice.
extension PlateauAPI {
    /// Changes read at one time.
    private static let batch = 500

    var eventRoutes: [Route] {
        [
            Route(.get, "/v1/runs/{id}/events", .needs(.reader), isQuick: true) { call in
                let id = call.parameter("id")
                return try await self.follow(call) { position in
                    // Before the changes: a run that ends meanwhile is looked at once more.
                    let isOver = try await self.store.run(id).state.isFinal
                    return (try await self.store.changes(ofRun: id, after: position, limit: Self.batch), isOver)
                }
            },
            Route(.get, "/v1/sweeps/{id}/events", .needs(.reader), isQuick: true) { call in
                let id = call.parameter("id")
                return try await self.follow(call) { position in
                    let isOver = try await self.store.sweep(id).state.isFinal
                    return (try await self.store.changes(ofSweep: id, after: position, limit: Self.batch), isOver)
                }
            },
        ]
    }

    /// - Parameter look: what is there after a position, and whether nothing more will come after that.
    private func follow(
        _ call: Call, _ look: @escaping @Sendable (Change.Position) async throws -> ([Change], isOver: Bool)
    ) async throws -> HTTPServerResponse {
        var position = Change.Position.start
        if let last = call.request.headers[.lastEventID] {
            guard let known = Change.Position(last) else {
                throw Problem.invalid("Last-Event-ID", "is not the id of an event of this stream; leave it out")
            }
            position = known
        }
        let start = position
        let (first, isOver) = try await look(start)
        // HTML standard, §9.2.3: this tells a browser's EventSource not to come back.
        if first.isEmpty, isOver { return HTTPServerResponse(status: .noContent) }
        return .events { feed in
            var position = start
            while !Task.isCancelled, !self.changes.isOver {
                let seen = self.changes.count
                let (news, isOver) = try await look(position)
                for change in news {
                    guard await feed.waitForRoom(), feed.send(try await self.event(change)) else { return }
                    position = change.position
                }
                if news.count == Self.batch { continue }
                if isOver { return }
                await self.changes.wait(past: seen, atMost: .seconds(60))
            }
        }
    }

    private func event(_ change: Change) async throws -> ServerSentEvent {
        var event = ServerSentEvent(id: change.position.text, data: "")
        switch change.content {
        case .epoch(let epoch, let runID):
            event.event = "epoch"
            event.data = String(decoding: EpochBody(epoch).json(ofRun: runID), as: UTF8.self)
        case .run(let run):
            event.event = "run"
            event.data = String(decoding: try RunBody(run).json, as: UTF8.self)
        case .sweep(let sweep):
            event.event = "sweep"
            event.data = String(decoding: try JSONCoding.encoder().encode(try await sweepBody(sweep)), as: UTF8.self)
        }
        return event
    }
}
