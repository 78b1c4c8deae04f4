public import HTTPTypes

extension HTTPServerResponse {
    /// A stream of server-sent events, without end unless `produce` comes to one. A client that has left, and a server
    /// that shuts down, cancel `produce`; then what was sent goes out and the stream ends as it should.
    ///
    /// - Parameters:
    ///   - heartbeat: a comment is sent after this long without an event. The default is 15 s.
    ///   - bufferBytes: events of this size in all may wait for the client; one that falls further behind is dropped.
    ///     A single event must fit. The default is 64 KiB; as much again is handed to its socket.
    ///   - produce: sends events until it returns.
    public static func events(
        headers: HTTPFields = [:], heartbeat: Duration = .seconds(15), bufferBytes: Int = 64 * 1024,
        _ produce: @escaping @Sendable (EventFeed) async throws -> Void
    ) -> HTTPServerResponse {
        var headers = headers
        headers[.contentType] = "text/event-stream"
        headers[.cacheControl] = "no-store"
        // nginx would gather events until its buffer is full.
        headers[.accelBuffering] = "no"
        var response = HTTPServerResponse(
            headers: headers,
            body: .stream { writer in
                let feed = EventFeed(bufferBytes: bufferBytes)
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    // On the way out, whatever it is, the others are cancelled.
                    defer { group.cancelAll() }
                    group.addTask {
                        defer { feed.finish() }
                        try await produce(feed)
                        return false
                    }
                    group.addTask {
                        while true {
                            try await Task.sleep(for: heartbeat)
                            try feed.beat()
                        }
                    }
                    group.addTask {
                        while let bytes = try await feed.next() { try await writer.write(bytes) }
                        return true
                    }
                    while let isOver = try await group.next(), !isOver {}
                }
            })
        response.isEndless = true
        response.streamBufferBytes = bufferBytes
        return response
    }
}

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
    /// What a client of a stream of events has seen last.
    public static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
