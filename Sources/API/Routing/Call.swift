import Foundation
import HTTP
import HTTPTypes

/// One request on its way through a handler: who asks, the parameters of the path, and readers for query and body.
struct Call: Sendable {
    let request: HTTPServerRequest
    /// Values of the pattern's `{…}` segments, percent-decoded.
    let parameters: [String: String]
    /// Nil on the routes that anyone may ask.
    let principal: Principal?

    /// Bodies of the API are small; what workers send of a run is the exception and is streamed.
    static let bodyLimitBytes = 4 << 20
    /// A checkpoint, or trained weights.
    static let fileLimitBytes = 1 << 30

    /// A path parameter that the route's pattern names.
    func parameter(_ name: String) -> String {
        guard let value = parameters[name] else { preconditionFailure("the route has no parameter \(name)") }
        return value
    }

    /// Reads the body as one JSON object through `read`, which asks for each field; then refuses unknown fields and
    /// throws every violation at once.
    func body<Value>(_ read: (FieldReader) throws -> Value) async throws -> Value {
        try await bodyWithBytes(read).value
    }

    /// The same, with the bytes as they came.
    func bodyWithBytes<Value>(_ read: (FieldReader) throws -> Value) async throws -> (value: Value, bytes: [UInt8]) {
        if let type = request.headers[.contentType], !Self.isAcceptedMediaType(type) {
            throw Problem(
                .unsupportedMediaType, "Send JSON: Content-Type must be application/json, not \(type.prefix(100)).")
        }
        let bytes = try await request.body.collect(upTo: Self.bodyLimitBytes)
        return (try JSONBody.read(bytes, read), bytes)
    }

    /// The body where `Content-Type` says that it is CSV; nil, and unread, where it says something else.
    func csv() async throws -> String? {
        guard let type = request.headers[.contentType], Self.mediaType(type) == "text/csv" else { return nil }
        let bytes = try await request.body.collect(upTo: Self.bodyLimitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Problem.invalid("", "the CSV is not UTF-8 text")
        }
        return text
    }

    private static func mediaType(_ value: String) -> String {
        value.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
    }

    /// curl's `-d` sends `application/x-www-form-urlencoded` unless told otherwise; the body is JSON all the same, and
    /// refusing it would only teach people to add a header.
    private static func isAcceptedMediaType(_ value: String) -> Bool {
        // As programs write it: to trim it would take longer than to read a small body.
        if value == "application/json" { return true }
        let type = mediaType(value)
        return ["application/json", "application/x-www-form-urlencoded"].contains(type) || type.hasSuffix("+json")
    }
}
