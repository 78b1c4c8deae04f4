import CSockets
import Foundation
public import HTTPTypes
import Synchronization

/// A small synchronous client: one server, one kept-alive connection, one thread at a time. Only `interrupt()` may be
/// called from another thread.
///
/// `@unchecked Sendable`: the connection's state is in a mutex; sends are serialised by the caller.
public final class HTTPClient: @unchecked Sendable {
    public struct Timeouts: Sendable {
        /// The default is 5.
        public var connectSeconds = 5.0
        /// Between two reads or writes that make progress. The default is 60; a long poll needs more than its wait.
        public var idleSeconds = 60.0

        public init() {}
    }

    /// The largest answer taken in whole. The default is 1 GiB.
    public var responseLimit = 1 << 30

    public let server: String
    private let host: String
    private let port: UInt16
    private let timeouts: Timeouts
    private let headers: HTTPFields
    private let connection = Mutex(Slot())

    private struct Slot {
        var descriptor: Int32?
        var isInterrupted = false
    }

    /// - Parameters:
    ///   - server: `http://HOST:PORT`, without a path.
    ///   - headers: sent with every request.
    public init(server: String, headers: HTTPFields = [:], timeouts: Timeouts = Timeouts()) throws {
        guard let match = server.wholeMatch(of: /http:\/\/(\[[0-9A-Fa-f:.]+\]|[^\/:?#@\[\]]+)(?::([0-9]{1,5}))?\/?/) else {
            let detail =
                server.hasPrefix("https:")
                ? "this client does not speak TLS; use http:// on the same machine or a tunnel"
                : "write it as http://HOST:PORT"
            throw HTTPClientError(reason: .badURL, server: server, detail: detail)
        }
        guard let port = UInt16(match.output.2 ?? "80") else {
            throw HTTPClientError(reason: .badURL, server: server, detail: "the port must be from 1 to 65535")
        }
        self.server = server
        host = match.output.1.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        self.port = port
        self.headers = headers
        self.timeouts = timeouts
    }

    deinit { disconnect() }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// A kept-alive connection that the server has closed meanwhile is opened anew, once.
    /// - Parameter target: path with query.
    /// - Throws: `HTTPClientError`.
    public func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8] = []
    ) throws -> HTTPClientResponse {
        var fields = self.headers
        for field in headers { fields[field.name] = field.value }
        var text = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(host.contains(":") ? "[\(host)]" : host):\(port)\r\n"
        for field in fields { text += "\(field.name.rawName): \(field.value)\r\n" }
        if !body.isEmpty || [.post, .put, .patch].contains(method) { text += "Content-Length: \(body.count)\r\n" }
        text += "\r\n"
        let head = Array(text.utf8)

        let (descriptor, isReused) = try connect()
        do {
            return try exchange(descriptor, head, body, isHead: method == .head)
        } catch let error as Unanswered where isReused {
            // RFC 9112 §9.3.1: not a byte of an answer came, so the server had closed before it saw the request.
            guard method != .post || error.nothingSent else { throw error.error }
            return try exchange(try connect().descriptor, head, body, isHead: method == .head)
        } catch let error as Unanswered {
            throw error.error
        }
    }

    /// Ends the request under way, if any, and every later one; from any thread.
    public func interrupt() {
        connection.withLock { slot in
            slot.isInterrupted = true
            if let descriptor = slot.descriptor { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    // MARK: -

    /// The connection ended before the first byte of an answer.
    private struct Unanswered: Error {
        var error: HTTPClientError
        var nothingSent: Bool
    }

    private func connect() throws -> (descriptor: Int32, isReused: Bool) {
        let (kept, isInterrupted) = connection.withLock { ($0.descriptor, $0.isInterrupted) }
        guard !isInterrupted else { throw failure(.interrupted, "") }
        if let kept {
            // A server that closed shows as readable end-of-file.
            var probe = pollfd(fd: kept, events: Int16(POLLIN), revents: 0)
            if poll(&probe, 1, 0) == 0 { return (kept, true) }
            disconnect()
        }
        let descriptor = plateau_connect(
            host, port, Int32(timeouts.connectSeconds * 1000), Int32(timeouts.idleSeconds * 1000))
        guard descriptor >= 0 else {
            switch -descriptor {
            case EADDRNOTAVAIL: throw failure(.unreachable, "there is no host \(host)")
            case ETIMEDOUT: throw failure(.unreachable, "no answer within \(timeouts.connectSeconds) s")
            default: throw failure(.unreachable, String(cString: strerror(-descriptor)))
            }
        }
        connection.withLock { $0.descriptor = descriptor }
        return (descriptor, false)
    }

    private func disconnect() {
        let descriptor = connection.withLock { slot in
            defer { slot.descriptor = nil }
            return slot.descriptor
        }
        if let descriptor { close(descriptor) }
    }

    private func exchange(_ descriptor: Int32, _ head: [UInt8], _ body: [UInt8], isHead: Bool) throws
        -> HTTPClientResponse
    {
        var reader = ResponseReader(isHead: isHead, limit: responseLimit)
        do {
            var sendFailure: HTTPClientError?
            do {
                try write(descriptor, head)
                if !body.isEmpty { try write(descriptor, body) }
            } catch let error as HTTPClientError where error.reason == .broken {
                // The server may have answered before it closed, as it does to a body that is too large.
                sendFailure = error
            }
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            while true {
                let count = plateau_receive(descriptor, &buffer, buffer.count)
                if count == 0 || count == -Int(ECONNRESET) || count == -Int(EPIPE) {
                    if reader.close() { break }
                    let error = sendFailure ?? failure(.broken, "the server closed it before the answer's end")
                    if !reader.hasBegun { throw Unanswered(error: error, nothingSent: false) }
                    throw error
                }
                if count == -Int(EAGAIN) {
                    throw failure(.timedOut, "nothing came for \(Int(timeouts.idleSeconds)) s")
                }
                guard count > 0 else { throw failure(.broken, String(cString: strerror(Int32(-count)))) }
                if try reader.feed(Array(buffer[..<count])) { break }
            }
        } catch let error as HTTPError {
            disconnect()
            throw failure(.badResponse, error.detail)
        } catch {
            disconnect()
            throw error
        }
        if !reader.keepsAlive { disconnect() }
        return HTTPClientResponse(status: reader.status, headers: reader.fields, body: reader.body)
    }

    private func write(_ descriptor: Int32, _ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                // Within bounds: sent < buffer.count.
                plateau_send(descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent)
            }
            if count == -Int(EAGAIN) { throw failure(.timedOut, "it took nothing for \(Int(timeouts.idleSeconds)) s") }
            guard count >= 0 else { throw failure(.broken, String(cString: strerror(Int32(-count)))) }
            sent += count
        }
    }

    private func failure(_ reason: HTTPClientError.Reason, _ detail: String) -> HTTPClientError {
        let isInterrupted = connection.withLock(\.isInterrupted)
        return HTTPClientError(reason: isInterrupted ? .interrupted : reason, server: server, detail: detail)
    }
}
