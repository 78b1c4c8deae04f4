import Glibc
public import HTTPTypes

/// A small synchronous client: one server, one kept-alive connection, one thread at a time. Only `interrupt()` may be
/// called from another thread.
///
/// `@unchecked Sendable`: what two threads may touch is in the socket, which guards itself; sends are serialised by
/// the caller, who also sets `responseLimit` before the first.
public final class HTTPClient: @unchecked Sendable {
    public struct Timeouts: Sendable {
        /// For each address of the host. The default is 5.
        public var connectSeconds = 5.0
        /// Between two reads or writes that make progress. The default is 60; a long poll needs more than its wait.
        public var idleSeconds = 60.0

        public init() {}
    }

    /// What a request carries.
    public enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A regular file, read in pieces while it is sent.
        case file(String)
    }

    /// Bytes of content an answer may have. The default is 1 GiB.
    public var responseLimit = 1 << 30

    public let server: String
    private let address: ServerAddress
    private let timeouts: Timeouts
    private let headers: HTTPFields
    private let socket: ClientSocket
    private let tls: TLSContext?

    /// Opens nothing yet.
    /// - Parameters:
    ///   - server: `http://HOST:PORT`, `https://HOST:PORT`, or `unix:/PATH` for a Unix domain socket.
    ///   - headers: sent with every request, unless the request has its own of that name.
    ///   - trust: whom to take for the server, and what to show it, for `https`.
    /// - Throws: `HTTPClientError`.
    public init(
        server: String, headers: HTTPFields = [:], timeouts: Timeouts = Timeouts(), trust: TLSTrust = TLSTrust()
    ) throws {
        self.server = server
        address = try ServerAddress(server)
        do {
            tls = address.usesTLS ? try TLSContext(trust) : nil
        } catch {
            throw HTTPClientError(reason: .tlsFailed, server: server, detail: "\(error)")
        }
        self.headers = headers
        self.timeouts = timeouts
        do {
            socket = try ClientSocket()
        } catch {
            throw HTTPClientError(
                reason: .unreachable, server: server, detail: "this process has no file descriptors left")
        }
    }

    /// Sends a request and waits for the whole answer, whatever its status.
    ///
    /// A kept-alive connection that the server has closed meanwhile is opened anew, once, where the request is sure not
    /// to be carried out twice or may be (RFC 9110 §9.2.2).
    /// - Parameters:
    ///   - target: path with query.
    ///   - path: where to save the content of a 2xx answer; an existing file is overwritten, a broken answer leaves
    ///     none. By default the content is in the response.
    /// - Throws: `HTTPClientError`.
    public func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: Body = .none,
        savingTo path: String? = nil
    ) throws -> HTTPClientResponse {
        guard target.hasPrefix("/"), target.utf8.allSatisfy(Characters.isTarget) else {
            throw failure(.badURL, "the request's target \(target) must begin with / and be percent-encoded")
        }
        while true {
            let isReused = socket.isUsable
            if !isReused { try connect() }
            do {
                return try exchange(method, target, headers, body, path)
            } catch let error as Unanswered {
                socket.disconnect()
                guard isReused, error.sentBytes == 0 || Self.mayBeRepeated(method) else { throw error.error }
            } catch {
                socket.disconnect()
                throw error
            }
        }
    }

    /// The same with bytes.
    public func send(
        _ method: HTTPRequest.Method, _ target: String, headers: HTTPFields = [:], body: [UInt8]
    ) throws -> HTTPClientResponse {
        try send(method, target, headers: headers, body: .bytes(body))
    }

    /// Ends the request under way, if any, and every later one; from any thread. Looking up a host's name cannot be
    /// interrupted.
    public func interrupt() { socket.interrupt() }

    // MARK: -

    /// The connection ended before the first byte of an answer.
    private struct Unanswered: Error {
        var error: HTTPClientError
        var sentBytes: Int
    }

    private static func mayBeRepeated(_ method: HTTPRequest.Method) -> Bool {
        [.get, .head, .put, .delete, .options, .trace].contains(method)
    }

    private func connect() throws(HTTPClientError) {
        do {
            try socket.connect(address.place, timeoutSeconds: timeouts.connectSeconds)
            if let tls, case .tcp(let host, _) = address.place {
                try socket.secure(tls, host: host, timeoutSeconds: timeouts.connectSeconds)
            }
        } catch {
            socket.disconnect()
            switch error {
            case .untrusted(let detail): throw failure(.untrusted, detail)
            case .tlsFailed(let detail): throw failure(.tlsFailed, detail)
            case .interrupted: throw failure(.interrupted, "")
            case .timedOut: throw failure(.unreachable, "no answer within \(timeouts.connectSeconds) s")
            case .failed(EADDRNOTAVAIL): throw failure(.unreachable, "there is no host of this name")
            case .failed(let code): throw failure(.unreachable, String(cString: strerror(code)))
            }
        }
    }

    private func exchange(
        _ method: HTTPRequest.Method, _ target: String, _ headers: HTTPFields, _ body: Body, _ path: String?
    ) throws -> HTTPClientResponse {
        var parser = ResponseParser(isHead: method == .head, limit: responseLimit)
        var sent = 0
        do {
            let content = try RequestContent(body, failure: failure)
            let head = self.head(method, target, headers, length: content.length)
            var isWhole = try socket.write(head, idleSeconds: timeouts.idleSeconds, sent: &sent)
            var offset = 0
            while isWhole, let piece = try content.piece(at: offset) {
                isWhole = try socket.write(piece, idleSeconds: timeouts.idleSeconds, sent: &sent)
                offset += piece.count
            }
            let response = try read(&parser, path)
            // A server that answered early did not read the request to its end.
            if !parser.keepsAlive || !isWhole { socket.disconnect() }
            return response
        } catch let error as ClientSocket.Failure {
            let error = self.error(error)
            if error.reason == .broken, !parser.hasBegun { throw Unanswered(error: error, sentBytes: sent) }
            throw error
        } catch let error as HTTPError {
            throw failure(.badResponse, error.detail)
        }
    }

    private func head(
        _ method: HTTPRequest.Method, _ target: String, _ headers: HTTPFields, length: Int?
    ) -> [UInt8] {
        var fields = self.headers
        for name in Set(headers.map(\.name)) { fields[values: name] = headers[values: name] }
        if let trace = TraceContext.current, fields[.traceparent] == nil {
            fields[.traceparent] = trace.traceparent()
            fields[.tracestate] = trace.state
        }
        fields[.host] = nil
        fields[.transferEncoding] = nil
        fields[.contentLength] = nil
        var text = "\(method.rawValue) \(target) HTTP/1.1\r\nHost: \(address.authority)\r\n"
        for field in fields { text += "\(field.name.rawName): \(field.value)\r\n" }
        // RFC 9110 §8.6: methods for which content means something say so when there is none.
        let length = length ?? ([.post, .put, .patch].contains(method) ? 0 : nil)
        if let length { text += "Content-Length: \(length)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private func read(_ parser: inout ResponseParser, _ path: String?) throws -> HTTPClientResponse {
        var response = HTTPClientResponse(status: .ok, headers: [:], body: [])
        var file: SavedFile?
        while true {
            while let event = try parser.next() {
                switch event {
                case .head(let status, let fields):
                    response.status = status
                    response.headers = fields
                    if let path, status.kind == .successful { file = try SavedFile(path, failure: failure) }
                case .body(let bytes):
                    if let file { try file.append(bytes) } else { response.body += bytes }
                case .trailers(let fields): response.trailers = fields
                case .end:
                    try file?.finish()
                    return response
                }
            }
            let bytes = try socket.read(idleSeconds: timeouts.idleSeconds)
            if bytes.isEmpty {
                guard parser.close() else { throw ClientSocket.Failure.failed(ECONNRESET) }
                try file?.finish()
                return response
            }
            parser.feed(bytes)
        }
    }

    private func error(_ failure: ClientSocket.Failure) -> HTTPClientError {
        switch failure {
        case .interrupted: self.failure(.interrupted, "")
        case .untrusted(let detail): self.failure(.untrusted, detail)
        case .tlsFailed(let detail): self.failure(.tlsFailed, detail)
        case .timedOut: self.failure(.timedOut, "nothing moved for \(timeouts.idleSeconds) s")
        case .failed(ECONNRESET), .failed(EPIPE):
            self.failure(.broken, "the server closed it before the answer's end")
        case .failed(let code): self.failure(.broken, String(cString: strerror(code)))
        }
    }

    private func failure(_ reason: HTTPClientError.Reason, _ detail: String) -> HTTPClientError {
        HTTPClientError(reason: reason, server: server, detail: detail)
    }
}
