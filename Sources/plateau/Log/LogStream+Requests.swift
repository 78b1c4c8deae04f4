import HTTP
import HTTPTypes
import Logging

extension LogStream {
    /// The line of a request.
    func note(_ request: RequestRecord) {
        line(.info, "request") { line in
            if let method = request.method { line.pair("method", method.rawValue) }
            if let route = request.route { line.pair("route", route) }
            if let path = request.path { line.pair("path", path) }
            line.number("status", String(request.status ?? 0))
            line.number("bytes", String(request.bytes))
            line.number("ms", Self.milliseconds(request.nanoseconds))
            line.pair("client", request.client)
            if let subject = request.clientSubject { line.pair("client_subject", subject) }
            line.pair("request_id", request.requestID)
            if let trace = request.traceID { line.pair("trace_id", trace) }
            if let refusal = request.refusal { line.pair("reason", refusal) }
            if !request.isComplete { line.flag("aborted") }
        }
    }

    /// With two decimals.
    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        let hundredths = (nanoseconds + 5000) / 10_000
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
