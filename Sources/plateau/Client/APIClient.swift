import API
import Foundation
import HTTP
import HTTPTypes

/// The API from the client's side: JSON in, JSON out, refusals as `CommandFailure`.
final class APIClient {
    private let http: HTTPClient

    /// - Throws: `CommandFailure` for an address that is none.
    init(server: String, token: String, patienceSeconds: Double, trust: TLSTrust = TLSTrust()) throws {
        var timeouts = HTTPClient.Timeouts()
        timeouts.idleSeconds = patienceSeconds
        do {
            http = try HTTPClient(
                server: server, headers: [.authorization: "Bearer \(token)"], timeouts: timeouts, trust: trust)
        } catch let error as HTTPClientError where error.reason == .badURL {
            throw CommandFailure(code: ExitStatus.usage, message: "\(error)")
        } catch {
            throw CommandFailure(code: ExitStatus.unreachable, message: "\(error)")
        }
    }

    /// The answer's bytes.
    /// - Throws: `CommandFailure` for a refusal, with each field that was wrong.
    func bytes(
        _ method: HTTPRequest.Method, _ target: String, body: [UInt8] = [], headers: HTTPFields = [:]
    ) throws -> [UInt8] {
        try exchange(method, target, body: body, headers: headers).body
    }

    /// Has something done to a sweep or a run.
    /// - Parameters:
    ///   - order: as its path ends, such as `cancel`.
    ///   - id: the sweep's or the run's.
    /// - Returns: the answer's bytes.
    func order(_ order: String, of id: String) throws -> [UInt8] {
        try bytes(.post, "/v1/\(id.hasPrefix("run_") ? "runs" : "sweeps")/\(Self.escape(id))/\(order)")
    }

    func get<Body: Decodable>(_ type: Body.Type, _ target: String) throws -> Body {
        try decode(type, try bytes(.get, target))
    }

    /// Every item of a list, page by page.
    func all<Item: Codable & Sendable>(_ type: Item.Type, _ target: String) throws -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let mark = target.contains("?") ? "&" : "?"
            let page = try get(
                Page<Item>.self, "\(target)\(mark)limit=200" + (cursor.map { "&cursor=\(Self.escape($0))" } ?? ""))
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return items
    }

    /// The answer's bytes and its tag; nil when `tag` is still the right one.
    func getIfChanged(_ target: String, tag: String?) throws -> (body: [UInt8], tag: String?)? {
        let headers: HTTPFields = tag.map { [.ifNoneMatch: $0] } ?? [:]
        let reply = try exchange(.get, target, headers: headers)
        guard reply.status != .notModified else { return nil }
        return (reply.body, reply.headers[.eTag])
    }

    /// Saves the answer's bytes in a file, which is left only when they came to their end.
    /// - Returns: the answer's tag.
    func download(_ target: String, to path: String) throws -> String? {
        try exchange(.get, target, savingTo: path).headers[.eTag]
    }

    func decode<Body: Decodable>(_ type: Body.Type, _ bytes: [UInt8]) throws -> Body {
        do {
            return try JSONCoding.decoder().decode(type, from: Data(bytes))
        } catch {
            throw CommandFailure(
                code: ExitStatus.serverFailed,
                message: "the server's answer cannot be understood; is it another version? (\(error))")
        }
    }

    static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~")))
            ?? text
    }

    private func exchange(
        _ method: HTTPRequest.Method, _ target: String, body: [UInt8] = [], headers: HTTPFields = [:],
        savingTo path: String? = nil
    ) throws -> HTTPClientResponse {
        var headers = headers
        if !body.isEmpty, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let reply: HTTPClientResponse
        do {
            reply = try http.send(method, target, headers: headers, body: .bytes(body), savingTo: path)
        } catch let error as HTTPClientError where error.reason == .cannotWriteFile {
            throw CommandFailure(code: ExitStatus.failed, message: "\(error)")
        } catch {
            throw CommandFailure(code: ExitStatus.unreachable, message: "\(error)")
        }
        guard reply.status.code >= 400 else { return reply }
        var message = "status \(reply.status.code)"
        if let problem = try? JSONCoding.decoder().decode(ProblemBody.self, from: Data(reply.body)) {
            message = problem.detail.onOneLine
            // A lone error is the detail itself.
            for error in problem.errors ?? [] where !problem.detail.contains(error.detail) || error.file != nil {
                message += "\n  \((error.file ?? error.pointer).onOneLine): \(error.detail.onOneLine)"
            }
        }
        throw CommandFailure(
            code: reply.status.code < 500 ? ExitStatus.refused : ExitStatus.serverFailed, message: message)
    }
}
