import CSockets
import Dispatch
import Foundation
import HTTPTypes
import Logging

/// One client's connection: reads requests one after another, has each handled, sends the answers in order.
///
/// `@unchecked Sendable`: everything happens on the loop's queue; handlers come back to it.
final class Connection: EventHandler, @unchecked Sendable {
    /// A client that sends requests ahead of their answers has at most about this many bytes taken in.
    private static let readAheadBytes = 64 * 1024

    private let descriptor: Int32
    private let loop: EventLoop
    private let context: ServerContext
    private let remoteAddress: String
    private var key: UInt64?
    private var interest: UInt32 = plateau_readable
    private var parser: RequestParser
    private var outbox = Outbox()
    private var deadlines: Deadlines
    private var exchange: Exchange?
    private var exchanges: UInt64 = 0
    private var isPaused = false
    private var peerClosed = false
    private var isDraining = false
    private var isLingering = false

    init(descriptor: Int32, loop: EventLoop, context: ServerContext, remoteAddress: String) {
        self.descriptor = descriptor
        self.loop = loop
        self.context = context
        self.remoteAddress = remoteAddress
        parser = RequestParser(limits: context.configuration.limits)
        deadlines = Deadlines(timeouts: context.configuration.timeouts, now: Self.now)
    }

    private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

    func open() {
        key = loop.register(descriptor, interest, self)
        if key == nil { closeNow() }
    }

    // MARK: - Events

    func handle(_ events: UInt32) {
        if events & plateau_hung_up != 0 {
            closeNow()
            return
        }
        if events & plateau_writable != 0 { flush() }
        if key != nil, events & plateau_readable != 0 { receive() }
    }

    func tick(now: UInt64) {
        switch deadlines.expired(now: now) {
        case nil: return
        case .idle?, .writeStalled?, .lingering?: closeNow()
        case .clientLeft?: exchange?.task?.cancel()
        case .requestTooSlow?: refuse(HTTPError(.requestTimeout, "The request did not come in time."))
        }
    }

    func drain(force: Bool) {
        isDraining = true
        if force || (exchange == nil && outbox.isEmpty) { closeNow() }
    }

    // MARK: - Reading

    private func receive() {
        let (count, bytes) = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64 * 1024) { buffer in
            let count = plateau_receive(descriptor, buffer.baseAddress, buffer.count)
            // Within bounds: the kernel wrote `count` bytes.
            return (count, count > 0 ? Array(buffer[..<count]) : [])
        }
        switch count {
        case -Int(EAGAIN): return
        case 0: clientClosedItsSide()
        case ..<0: closeNow()
        default:
            if isLingering { return }
            deadlines.progressIfReadingBody(now: Self.now)
            parser.feed(bytes)
            pump()
        }
    }

    private func clientClosedItsSide() {
        peerClosed = true
        guard !isLingering, let exchange else {
            closeNow()
            return
        }
        if !exchange.bodyEnded {
            exchange.channel.finish(HTTPError(.badRequest, "The client left before the body's end."))
            exchange.task?.cancel()
            closeNow()
            return
        }
        deadlines.clientClosedItsSide(now: Self.now)
        settle()
    }

    /// Hands on what has come in, up to the end of one request: the next waits for this one's answer.
    private func pump() {
        do {
            while !isLingering, !isPaused, exchange?.bodyEnded != true, let event = try parser.next() {
                switch event {
                case .head(let head): begin(head)
                case .body(let bytes): isPaused = exchange?.channel.push(bytes) == false
                case .end:
                    exchange?.bodyEnded = true
                    exchange?.channel.finish(nil)
                }
            }
        } catch {
            refuse(error as? HTTPError ?? .badRequest("The request cannot be read."))
        }
        settle()
    }

    private func begin(_ head: RequestHead) {
        exchanges += 1
        let number = exchanges
        let channel = RequestBody.Channel { [weak self] in
            guard let self else { return }
            self.loop.queue.async { self.bodyIsWanted(number) }
        }
        let request = HTTPServerRequest(
            method: head.method, target: head.target, headers: head.fields, body: RequestBody(channel: channel),
            remoteAddress: remoteAddress, id: RequestID.choose(head.fields[.requestID]))
        exchange = Exchange(
            number: number, head: head, request: request, channel: channel, started: .now(),
            isContinueSettled: !head.expectsContinue)
        let (loop, context) = (loop, context)
        exchange?.task = Task {
            let response = await Self.answer(request, context)
            loop.queue.async { self.complete(number, response) }
        }
    }

    /// What a handler throws is the client's to know only where it is an `HTTPError`.
    private static func answer(_ request: HTTPServerRequest, _ context: ServerContext) async -> HTTPServerResponse {
        do {
            return try await context.handler(request)
        } catch let error as HTTPError {
            return HTTPServerResponse(error, requestID: request.id)
        } catch is CancellationError {
            return HTTPServerResponse(
                HTTPError(.serviceUnavailable, "The request was given up; send it again."), requestID: request.id)
        } catch {
            context.logger.error("handler failed", metadata: ["request": "\(request.id)", "error": "\(error)"])
            return HTTPServerResponse(
                HTTPError(.internalServerError, "The server failed; its log has the details under this request's id."),
                requestID: request.id)
        }
    }

    private func bodyIsWanted(_ number: UInt64) {
        guard key != nil, exchange?.number == number, exchange?.status == nil else { return }
        isPaused = false
        if exchange?.isContinueSettled == false {
            exchange?.isContinueSettled = true
            if exchange?.bodyEnded == false { outbox.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
        }
        pump()
        flush()
    }

    // MARK: - Writing

    /// Answers what cannot be read any further, and closes.
    private func refuse(_ error: HTTPError) {
        let id = exchange?.request.id ?? RequestID.choose(nil)
        if let exchange {
            exchange.channel.finish(error)
            exchange.task?.cancel()
            // An answer under way cannot be taken back; the connection ends with it.
            guard exchange.status == nil else {
                self.exchange?.keepsAlive = false
                return
            }
        }
        context.logger.info(
            "refused", metadata: ["request": "\(id)", "status": "\(error.status.code)", "reason": "\(error.detail)"])
        exchange = nil
        var response = HTTPServerResponse(error, requestID: id)
        if error.status == .serviceUnavailable { response.headers[.retryAfter] = "1" }
        send(response, withContent: true, keepsAlive: false, id: id)
        linger()
    }

    private func complete(_ number: UInt64, _ response: HTTPServerResponse) {
        guard key != nil, let current = exchange, current.number == number, current.status == nil else { return }
        let keepsAlive = current.head.keepsAlive && current.bodyEnded && !isDraining && !peerClosed
        exchange?.status = response.status.code
        exchange?.keepsAlive = keepsAlive
        exchange?.isContinueSettled = true
        send(
            response, withContent: current.head.method != .head, keepsAlive: keepsAlive, id: current.request.id)
        flush()
    }

    private func send(_ response: HTTPServerResponse, withContent: Bool, keepsAlive: Bool, id: String) {
        var response = response
        var file: FileHandle?
        var length: Int?
        switch response.body {
        case .empty: length = 0
        case .bytes(let bytes): length = bytes.count
        case .file(let path):
            if let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd(),
                (try? handle.seek(toOffset: 0)) != nil
            {
                (file, length) = (handle, Int(size))
            } else {
                context.logger.error("cannot read a file to send", metadata: ["request": "\(id)", "path": "\(path)"])
                response = HTTPServerResponse(
                    HTTPError(.internalServerError, "A file of the server cannot be read."), requestID: id)
                if case .bytes(let bytes) = response.body { length = bytes.count }
            }
        }
        let forbidden = ResponseHead.forbidsContent(response.status)
        let head = ResponseHead.bytes(
            response, contentLength: forbidden ? nil : length, keepsAlive: keepsAlive, requestID: id,
            date: loop.currentDate)
        guard withContent, !forbidden else {
            outbox.append(head)
            return
        }
        if case .bytes(let bytes) = response.body { outbox.append(head + bytes) } else { outbox.append(head) }
        if let file, let length { outbox.append(file, count: length) }
    }

    private func flush() {
        do {
            let sent = try outbox.flush(to: descriptor)
            if sent > 0 {
                exchange?.bytesSent += sent
                deadlines.progress(now: Self.now)
            }
        } catch {
            closeNow()
            return
        }
        if outbox.isEmpty, let exchange, exchange.status != nil {
            finish(exchange)
            return
        }
        settle()
    }

    /// The answer is out: on to the next request, or away.
    private func finish(_ exchange: Exchange) {
        log(exchange)
        self.exchange = nil
        if exchange.keepsAlive, !isDraining {
            pump()
        } else if exchange.bodyEnded {
            closeNow()
        } else {
            exchange.channel.finish(HTTPError(.badRequest, "The answer was sent before the body's end."))
            linger()
        }
    }

    private func log(_ exchange: Exchange) {
        let elapsed = DispatchTime.now().uptimeNanoseconds - exchange.started.uptimeNanoseconds
        context.logger.info(
            "request",
            metadata: [
                "request": "\(exchange.request.id)", "method": "\(exchange.head.method.rawValue)",
                "path": "\(exchange.path)", "status": "\(exchange.status ?? 0)", "bytes": "\(exchange.bytesSent)",
                "ms": "\((Double(elapsed) / 1e6 * 100).rounded() / 100)", "client": "\(remoteAddress)",
            ])
    }

    // MARK: - Closing

    /// RFC 9112 §9.6: closes the sending side first and reads on for a moment, so that the client gets to see the
    /// answer before the reset that its unread bytes would cause.
    private func linger() {
        flushThenShutDown()
        guard key != nil else { return }
        isLingering = true
        settle()
    }

    private func flushThenShutDown() {
        do {
            _ = try outbox.flush(to: descriptor)
            if outbox.isEmpty { shutdown(descriptor, Int32(SHUT_WR)) }
        } catch {
            closeNow()
        }
    }

    private func closeNow() {
        if let exchange {
            exchange.channel.finish(HTTPError(.badRequest, "The connection was closed."))
            exchange.task?.cancel()
        }
        exchange = nil
        guard let key else { return }
        self.key = nil
        loop.unregister(descriptor, key: key)
        close(descriptor)
        context.leave()
    }

    /// Brings deadlines and the interest in events in line with where the connection stands.
    private func settle() {
        guard let key else { return }
        deadlines.enter(phase, now: Self.now)
        var wanted: UInt32 = 0
        if !peerClosed, isLingering || (!isPaused && (exchange?.bodyEnded != true || parser.buffered < Self.readAheadBytes)) {
            wanted |= plateau_readable
        }
        if !outbox.isEmpty { wanted |= plateau_writable }
        if wanted != interest {
            interest = wanted
            loop.change(descriptor, wanted, key: key)
        }
    }

    private var phase: Deadlines.Phase {
        if isLingering { return .lingering }
        if !outbox.isEmpty { return .writing }
        guard let exchange else { return parser.isInsideRequest ? .readingHead : .idle }
        return exchange.bodyEnded || isPaused || !exchange.isContinueSettled ? .handling : .readingBody
    }
}

extension HTTPField.Name {
    // Valid by its letters; the initialiser is optional for the sake of names that come from outside.
    static let requestID = HTTPField.Name("X-Request-Id")!
}
