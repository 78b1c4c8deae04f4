import HTTPTypes

/// The protocol side of a server's connection, without its socket: bytes, answers and the time go in, what to do about
/// them comes out. One request is handled at a time; what the client sends ahead waits, within a bound.
///
/// Times are nanoseconds of any monotonic clock.
struct ConnectionMachine {
    enum Action: Equatable {
        /// Have this request handled.
        case handle(RequestHead)
        /// Content for the handler; may be followed by a call of `contentPaused`.
        case content([UInt8])
        /// The content is complete; what came after it.
        case contentEnded(trailers: HTTPFields)
        /// The rest of the content will not come.
        case contentFailed(HTTPError)
        case cancelHandler
        case sendContinue
        /// Answer this in the handler's place.
        case refuse(HTTPError)
        /// The handler's answer is out.
        case answered
        case shutDownWriting
        case close
    }

    private enum Phase: Equatable {
        case open
        /// The layer's own answer is being sent, the last on this connection.
        case refusing
        /// RFC 9112 §9.6: the sending side is closed, and what the client sends is dropped for a moment, so that it
        /// gets to see the answer before the reset that its unread bytes would cause.
        case lingering(budget: Int)
        case closed
    }

    /// A request and its answer.
    private struct Exchange {
        let keepsAlive: Bool
        var awaitsContinue: Bool
        var isPaused = false
        var contentEnded = false
        var trailers = HTTPFields()
        /// The rest of the content cannot be had.
        var contentFailed = false
        /// The answer's head is settled.
        var isAnswering = false
        /// What the answer's head promised.
        var persists = false
        /// The whole answer has been handed over for sending; content that still comes is dropped.
        var isProduced = false
        var isSent = false
        var dropped = 0

        var awaitsContent: Bool { !contentEnded && !contentFailed && !isPaused }
    }

    /// A client that sends requests ahead of their answers has about this many bytes taken in.
    static let readAheadBytes = 64 * 1024
    /// Content that no handler wants is read to its end, so that the connection can go on, up to this size.
    static let dropBytes = 256 * 1024
    /// What is read from a client that has been told to go.
    static let lingerBytes = 1024 * 1024

    private var parser: RequestParser
    private var deadlines: Deadlines
    private var phase = Phase.open
    private var exchange: Exchange?
    private var peerClosed = false
    private var isDraining = false
    private var hasOutput = false
    private var requestsLeft: Int

    init(limits: HTTPLimits, timeouts: HTTPTimeouts, now: UInt64) {
        parser = RequestParser(limits: limits)
        requestsLeft = limits.requestsPerConnection
        deadlines = Deadlines(timeouts: timeouts, now: now)
    }

    /// Bytes taken in and not given out yet.
    var bufferedBytes: Int { parser.buffered }

    var wantsReading: Bool {
        guard !peerClosed else { return false }
        switch phase {
        case .closed, .refusing: return false
        case .lingering: return true
        case .open:
            guard let exchange else { return true }
            return exchange.contentEnded ? parser.buffered < Self.readAheadBytes : exchange.awaitsContent
        }
    }

    // MARK: - The client

    mutating func received(_ bytes: [UInt8], now: UInt64) -> [Action] {
        switch phase {
        case .closed, .refusing: return []
        case .lingering(let budget):
            phase = .lingering(budget: budget - bytes.count)
            return budget > bytes.count ? [] : abandon()
        case .open:
            deadlines.received(bytes.count, now: now)
            parser.feed(bytes)
            return advance(now)
        }
    }

    /// The client has closed its sending side; it may still read.
    mutating func receivedEnd(now: UInt64) -> [Action] {
        peerClosed = true
        switch phase {
        case .closed, .refusing: return []
        case .lingering: return abandon()
        case .open:
            deadlines.clientClosedItsSide(now: now)
            return advance(now)
        }
    }

    /// The connection broke.
    mutating func broke() -> [Action] { abandon() }

    /// - Parameters:
    ///   - count: bytes that the kernel took.
    ///   - isEmpty: nothing is left to send for now.
    mutating func wrote(_ count: Int, isEmpty: Bool, now: UInt64) -> [Action] {
        deadlines.wrote(count)
        hasOutput = !isEmpty
        defer { settle(now) }
        guard isEmpty else { return [] }
        if phase == .refusing { return shutDown() }
        guard phase == .open, let current = exchange, current.isProduced, !current.isSent else { return [] }
        exchange?.isSent = true
        var actions = [Action.answered]
        conclude(&actions)
        if phase == .open, exchange == nil { actions += advance(now) }
        return actions
    }

    // MARK: - The handler

    /// The handler has taken what there was.
    mutating func contentWanted(now: UInt64) -> [Action] {
        guard phase == .open, let current = exchange, !current.isProduced else { return [] }
        exchange?.isPaused = false
        exchange?.awaitsContinue = false
        return (current.awaitsContinue && !current.isAnswering ? [.sendContinue] : []) + advance(now)
    }

    /// Enough content waits for the handler: nothing more is read until it is wanted.
    mutating func contentPaused(now: UInt64) {
        guard exchange?.isProduced == false else { return }
        exchange?.isPaused = true
        settle(now)
    }

    /// The handler answers.
    /// - Parameter endsWithConnection: nothing but the connection's end can tell where the answer ends.
    /// - Returns: whether the connection goes on after it; nil when it is too late for an answer.
    mutating func answer(endsWithConnection: Bool) -> Bool? {
        guard phase == .open, let current = exchange, !current.isAnswering else { return nil }
        // Whether a client that asked for 100 (Continue) will send its content, nobody knows.
        let contentIsBounded =
            current.contentEnded
            || (!current.awaitsContinue && (parser.remainingContent ?? .max) <= Self.dropBytes)
        let nothingFollows = peerClosed && parser.buffered == 0
        let persists =
            current.keepsAlive && contentIsBounded && !endsWithConnection && !isDraining && !nothingFollows
        exchange?.isAnswering = true
        exchange?.persists = persists
        return persists
    }

    /// The answer's last byte has been handed over for sending. A call of `wrote` must follow.
    mutating func produced(now: UInt64) -> [Action] {
        guard phase == .open, exchange?.isAnswering == true else { return [] }
        exchange?.isProduced = true
        exchange?.isPaused = false
        hasOutput = true
        return advance(now)
    }

    /// The answer cannot be completed: only breaking off tells the client.
    mutating func answerFailed() -> [Action] { abandon() }

    // MARK: - The server

    /// Answers before anything was asked, and closes.
    mutating func turnAway(_ error: HTTPError, now: UInt64) -> [Action] {
        defer { settle(now) }
        return refuse(error)
    }

    /// Whether a tick needs to know how much the client has not taken yet.
    var isWriting: Bool { hasOutput }

    /// - Parameter queued: bytes that the kernel took and the client has not; 0 where that cannot be told.
    mutating func tick(now: UInt64, queued: Int = 0) -> [Action] {
        guard phase != .closed else { return [] }
        deadlines.clientTook(queued: queued, now: now)
        switch deadlines.expired(now: now) {
        case nil: return []
        case .idle?, .writeStalled?, .lingering?: return abandon()
        case .clientLeft?: return [.cancelHandler]
        case .requestTooSlow?:
            if exchange?.isAnswering == true { return abandon() }
            defer { settle(now) }
            return refuse(HTTPError(.requestTimeout, "The request did not come in time."))
        }
    }

    /// Leaves when idle or forced, else after the answer under way.
    mutating func drain(force: Bool) -> [Action] {
        isDraining = true
        let isIdle = phase == .open && !hasOutput && exchange?.isSent != false
        return force || isIdle ? abandon() : []
    }

    // MARK: -

    /// Takes what the parser can give, up to the end of one request.
    private mutating func advance(_ now: UInt64) -> [Action] {
        var actions: [Action] = []
        defer { settle(now) }
        do {
            while phase == .open, mayParse, let event = try parser.next() { take(event, &actions) }
        } catch {
            return actions + refuse(error as? HTTPError ?? .badRequest("The request cannot be read."))
        }
        if peerClosed, phase == .open, mayParse { inputEnded(&actions) }
        return actions
    }

    private var mayParse: Bool { exchange?.awaitsContent ?? true }

    private mutating func take(_ event: RequestParser.Event, _ actions: inout [Action]) {
        switch event {
        case .head(let head):
            requestsLeft -= 1
            deadlines.requestBegan()
            exchange = Exchange(
                keepsAlive: head.keepsAlive && requestsLeft > 0, awaitsContinue: head.expectsContinue)
            actions.append(.handle(head))
        case .body(let bytes):
            exchange?.awaitsContinue = false
            if exchange?.isProduced == false {
                actions.append(.content(bytes))
            } else {
                drop(bytes.count, &actions)
            }
        case .trailers(let fields): exchange?.trailers = fields
        case .end:
            exchange?.contentEnded = true
            exchange?.awaitsContinue = false
            if let current = exchange, !current.isProduced {
                actions.append(.contentEnded(trailers: current.trailers))
            }
            conclude(&actions)
        }
    }

    private mutating func drop(_ count: Int, _ actions: inout [Action]) {
        exchange?.dropped += count
        guard let current = exchange, current.dropped > Self.dropBytes else { return }
        exchange?.persists = false
        exchange?.isPaused = true
        conclude(&actions)
    }

    /// The client has closed its side and all it sent has been taken.
    private mutating func inputEnded(_ actions: inout [Action]) {
        guard let current = exchange else {
            actions += abandon()
            return
        }
        guard current.isAnswering else {
            actions += refuse(.badRequest("The client closed before the body's end."))
            return
        }
        stopReading(&actions, .badRequest("The client closed before the body's end."))
    }

    /// The rest of the content cannot be had, but the answer under way goes out.
    private mutating func stopReading(_ actions: inout [Action], _ reason: HTTPError) {
        exchange?.contentFailed = true
        exchange?.persists = false
        if exchange?.isProduced == false { actions.append(.contentFailed(reason)) }
        conclude(&actions)
    }

    /// Once the answer is sent: on to the next request, or away.
    private mutating func conclude(_ actions: inout [Action]) {
        guard let current = exchange, current.isSent else { return }
        if current.persists, !isDraining {
            if current.contentEnded { exchange = nil }
        } else if current.contentEnded, parser.buffered == 0 {
            actions += abandon()
        } else {
            actions += shutDown()
        }
    }

    private mutating func refuse(_ error: HTTPError) -> [Action] {
        var actions: [Action] = []
        if exchange?.isAnswering == true {
            stopReading(&actions, error)
            return actions
        }
        if exchange != nil { actions += [.contentFailed(error), .cancelHandler] }
        exchange = nil
        phase = .refusing
        hasOutput = true
        return actions + [.refuse(error)]
    }

    private mutating func shutDown() -> [Action] {
        exchange = nil
        if peerClosed { return abandon() }
        phase = .lingering(budget: Self.lingerBytes)
        return [.shutDownWriting]
    }

    private mutating func abandon() -> [Action] {
        guard phase != .closed else { return [] }
        let isHandling = exchange.map { !$0.isSent } ?? false
        exchange = nil
        phase = .closed
        return (isHandling ? [.contentFailed(.badRequest("The connection was closed.")), .cancelHandler] : [])
            + [.close]
    }

    private mutating func settle(_ now: UInt64) {
        deadlines.enter(timedPhase, now: now)
    }

    private var timedPhase: Deadlines.Phase {
        if hasOutput { return .writing }
        if case .lingering = phase { return .lingering }
        guard let exchange else { return parser.isInsideRequest ? .readingHead : .idle }
        return exchange.awaitsContent && !exchange.awaitsContinue ? .readingBody : .handling
    }
}
