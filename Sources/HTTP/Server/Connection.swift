import CSockets
import Dispatch
import Glibc
import HTTPTypes
import Logging

/// One client's connection: the socket and the handler's task, doing what a `ConnectionMachine` decides.
///
/// `@unchecked Sendable`: everything happens on the loop's queue; handlers come back to it.
final class Connection: EventHandler, @unchecked Sendable {
    let transport: Transport
    let loop: EventLoop
    let context: ServerContext
    private let peer: Peer
    private let admission: ServerContext.Admission
    private var key: UInt64?
    private var interest: UInt32 = plateau_readable
    private var exchanges: UInt64 = 0
    var machine: ConnectionMachine
    var outbox = Outbox()
    var exchange: Exchange?

    init(
        transport: Transport, loop: EventLoop, context: ServerContext, peer: Peer, admission: ServerContext.Admission
    ) {
        self.transport = transport
        self.loop = loop
        self.context = context
        self.peer = peer
        self.admission = admission
        let configuration = context.configuration
        machine = ConnectionMachine(
            limits: configuration.limits, timeouts: configuration.timeouts, now: plateau_monotonic())
    }

    private var descriptor: Int32 { transport.descriptor }

    var isOpen: Bool { key != nil }

    /// - Parameter refusal: what the client is told instead of being served.
    func open(refusal: HTTPError?) {
        key = loop.register(descriptor, interest, self)
        guard isOpen else {
            transport.close(isWhole: true)
            context.leave(admission, peer)
            return
        }
        loop.figures.connectionsAccepted += 1
        loop.figures.connectionsOpen += 1
        if let refusal {
            perform(machine.turnAway(refusal, now: loop.now))
            settle()
        } else if context.isDraining {
            // A shutdown came meanwhile.
            drain(force: false)
        }
    }

    // MARK: - Events

    func handle(_ events: UInt32) {
        if events & plateau_hung_up != 0 {
            perform(machine.broke())
        } else {
            let events = transport.possible(events, wantsReading: machine.wantsReading)
            if events & plateau_writable != 0 { flush() }
            if isOpen, events & plateau_readable != 0 { receive() }
        }
        settle()
    }

    func tick(now: UInt64) {
        perform(machine.tick(now: now, queued: machine.isWriting ? Int(plateau_queued(descriptor)) : 0))
        settle()
    }

    func drain(force: Bool) {
        perform(machine.drain(force: force))
        if exchange?.isEndless == true { exchange?.task?.cancel() }
        settle()
    }

    private func receive() {
        let count = transport.receive(into: loop.scratch)
        switch count {
        case -Int(EAGAIN): return
        case 0:
            exchange?.request.presence.end()
            perform(machine.receivedEnd(now: loop.now))
        case ..<0: perform(machine.broke())
        default:
            loop.figures.bytesReceived += count
            // Within bounds: `count` bytes were written.
            perform(machine.received(Array(loop.scratch[..<count]), now: loop.now))
        }
    }

    /// Sends what the socket takes.
    func flush() {
        guard isOpen else { return }
        do {
            let sent = try outbox.flush(to: transport)
            exchange?.bytesSent += sent
            loop.figures.bytesSent += sent
            if let exchange, let writer = exchange.writer, outbox.waitingBytes < exchange.streamBufferBytes {
                self.exchange?.writer = nil
                writer.resume()
            }
            perform(machine.wrote(sent, isEmpty: outbox.isEmpty, now: loop.now))
        } catch {
            if error == .fileBroke {
                context.logger.error(
                    "a file shrank while it was sent", metadata: ["request_id": "\(exchange?.request.id ?? "")"])
            }
            perform(machine.broke())
        }
    }

    // MARK: - Actions

    /// `settle` must follow, once nothing more is to be done.
    func perform(_ actions: [ConnectionMachine.Action]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: ConnectionMachine.Action) {
        switch action {
        case .handle(let head): begin(head)
        case .content(let bytes):
            if exchange?.channel?.push(bytes) == false { machine.contentPaused(now: loop.now) }
        case .contentEnded(let trailers): exchange?.channel?.finish(nil, trailers: trailers)
        case .contentFailed(let error): exchange?.channel?.finish(error)
        case .cancelHandler: exchange?.task?.cancel()
        case .sendContinue:
            outbox.append(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
            flush()
        case .refuse(let error): refuse(error)
        case .answered: endExchange(isComplete: true)
        case .shutDownWriting: transport.finishSending()
        case .close: closeNow()
        }
    }

    private func begin(_ head: RequestHead) {
        exchanges += 1
        let number = exchanges
        let (body, channel) = content(head.framing, number)
        let request = HTTPServerRequest(
            method: head.method, target: head.target, headers: head.fields, body: body,
            remoteAddress: peer.text, clientSubject: transport.clientSubject, id: requestID(head), trace: trace(head))
        loop.figures.requestsInFlight += 1
        exchange = Exchange(
            number: number, request: request, isHTTP10: head.isHTTP10, channel: channel, started: loop.now)
        let executor: (any TaskExecutor)? = context.configuration.handlerPlacement == .loop ? loop : nil
        exchange?.task = Task(executorPreference: executor) {
            await self.run(request, number, isHTTP10: head.isHTTP10)
        }
    }

    private func content(_ framing: BodyFraming, _ number: UInt64) -> (RequestBody, RequestBody.Channel?) {
        let length: Int?
        switch framing {
        case .none: return (.empty, nil)
        case .length(let announced): length = announced
        case .chunked: length = nil
        }
        let channel = RequestBody.Channel { [weak self] in
            guard let self else { return }
            loop.perform { self.contentWanted(number) }
        }
        return (RequestBody(length: length, channel: channel), channel)
    }

    private func requestID(_ head: RequestHead) -> String {
        guard let offered = head.fields[.requestID], RequestID.isSound(offered) else { return loop.makeRequestID() }
        return offered
    }

    private func trace(_ head: RequestHead) -> TraceContext? {
        guard let parent = head.fields[.traceparent] else { return nil }
        return TraceContext(traceparent: parent, tracestate: head.fields[.tracestate])
    }

    private func contentWanted(_ number: UInt64) {
        guard isOpen, exchange?.number == number else { return }
        perform(machine.contentWanted(now: loop.now))
        settle()
    }

    /// The layer's own answer, in place of any handler's.
    private func refuse(_ error: HTTPError) {
        let id = exchange?.request.id ?? loop.makeRequestID()
        let answer = OutgoingAnswer(error, requestID: id, isHead: exchange?.isHead ?? false)
        loop.figures.recordRefusal(error.status.code)
        if exchange != nil {
            exchange?.status = error.status.code
            exchange?.refusal = error.detail
            endExchange(isComplete: true)
        } else {
            note(
                RequestRecord(
                    status: error.status.code, bytes: 0, nanoseconds: 0, client: peer.text, requestID: id,
                    isComplete: true, refusal: error.detail))
        }
        put(answer, keepsAlive: false, id: id)
        flush()
    }

    /// Puts an answer into the outbox; a stream's content comes later.
    func put(_ answer: OutgoingAnswer, keepsAlive: Bool, id: String) {
        var content: [UInt8] = []
        if case .bytes(let bytes) = answer.content { content = bytes }
        outbox.append(
            ResponseHead.bytes(
                answer.response, framing: answer.framing, keepsAlive: keepsAlive, requestID: id,
                date: loop.currentDate, serverName: context.configuration.serverName, content: content))
        if case .file(let file, let range) = answer.content { outbox.append(file, range: range) }
    }

    private func endExchange(isComplete: Bool) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.writer?.resume(throwing: CancellationError())
        loop.figures.requestsInFlight -= 1
        note(
            RequestRecord(
                method: exchange.request.method, path: exchange.request.path, route: exchange.route,
                status: exchange.status, bytes: exchange.bytesSent, nanoseconds: plateau_monotonic() - exchange.started,
                client: peer.text, clientSubject: exchange.request.clientSubject, requestID: exchange.request.id,
                traceID: exchange.request.trace?.traceID,
                isComplete: isComplete, refusal: exchange.refusal))
    }

    /// Counts a request and has its line written.
    private func note(_ record: RequestRecord) {
        loop.figures.record(route: record.route, status: record.status, nanoseconds: record.nanoseconds)
        if let requestEnded = context.configuration.requestEnded {
            requestEnded(record)
        } else if context.logger.logLevel <= .info {
            context.logger.info("request", metadata: record.metadata)
        }
    }

    private func closeNow() {
        guard let key else { return }
        let isWhole = exchange == nil && outbox.isEmpty
        exchange?.request.presence.end()
        endExchange(isComplete: false)
        self.key = nil
        // The set must let go of the descriptor before its number can be used again.
        loop.unregister(descriptor, key: key)
        loop.figures.connectionsOpen -= 1
        transport.close(isWhole: isWhole)
        context.leave(admission, peer)
    }

    /// Brings the interest in events in line with where the connection stands.
    func settle() {
        guard let key else { return }
        var wanted: UInt32 = machine.wantsReading ? plateau_readable : 0
        if !outbox.isEmpty { wanted |= plateau_writable }
        wanted = transport.interest(toDo: wanted)
        if wanted != interest {
            interest = wanted
            loop.change(descriptor, wanted, key: key)
        }
    }
}
