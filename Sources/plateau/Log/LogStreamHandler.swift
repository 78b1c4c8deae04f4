import Logging

/// What is logged through swift-log goes to a `LogStream`.
struct LogStreamHandler: LogHandler {
    let stream: LogStream
    /// Each line is written before its caller goes on: of a process that is killed, all that it said is there. The default
    /// is false.
    let waits: Bool
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(stream: LogStream, waits: Bool = false) {
        self.stream = stream
        self.waits = waits
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        // What may be the last that is heard of the process does not wait.
        stream.line(event.level, "\(event.message)", isUrgent: event.level >= .notice) { line in
            for (name, value) in pairs { line.pair(name, value.description) }
        }
        if waits { stream.flush() }
    }
}
