import HTTP
import HTTPTypes
import Logging

extension LogStream {
    /// The line of a request.
    func note(_ request: RequestRecord) {
        line { line in
            line.text("info request")
            if let method = request.method { line.pair("method", method.rawValue) }
            if let route = request.route { line.pair("route", route) }
            if let path = request.path { line.pair("path", path) }
            line.pair("status", String(request.status ?? 0))
            line.pair("bytes", String(request.bytes))
            line.pair("ms", Self.milliseconds(request.nanoseconds))
            line.pair("client", request.client)
            if let subject = request.clientSubject { line.pair("client_subject", subject) }
            line.pair("request_id", request.requestID)
            if let trace = request.traceID { line.pair("trace_id", trace) }
            if let refusal = request.refusal { line.pair("reason", refusal) }
            if !request.isComplete { line.pair("aborted", "true") }
        }
    }

    /// With two decimals.
    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        let hundredths = (nanoseconds + 5000) / 10_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}

/// Everything else that the server says.
struct LogStreamHandler: LogHandler {
    let stream: LogStream
    let label: String
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(stream: LogStream, label: String) {
        self.stream = stream
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        // What may be the last that is heard of the server does not wait.
        stream.line(isUrgent: event.level >= .notice) { line in
            line.text("\(event.level) \(event.message)")
            for (name, value) in pairs { line.pair(name, value.description) }
        }
    }
}
