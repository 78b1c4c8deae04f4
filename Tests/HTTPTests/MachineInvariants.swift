import HTTPTypes

// The fuzzer compiles this file together with the protocol side itself.
#if canImport(HTTP)
@testable import HTTP
#endif

/// What must hold of a `ConnectionMachine` whatever comes in; traps where it does not.
///
/// The first two bytes of an input choose how the rest is cut into pieces and what the handler does.
struct MachineInvariants {
    /// What a run may differ in without fault.
    private enum Manner: UInt8, CaseIterable {
        /// The handler reads the content to its end, then answers.
        case reads
        /// It pauses after each piece.
        case pauses
        /// It answers without reading.
        case answersAtOnce
        /// It begins its answer, then reads.
        case answersWhileReading
    }

    private struct Handled: Equatable {
        var head: RequestHead
        var content: [UInt8] = []
        var trailers = HTTPFields()
    }

    private struct Outcome: Equatable {
        var handled: [Handled] = []
        var refusal: Int?
    }

    static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.headBytes = 512
        limits.fieldCount = 8
        limits.targetBytes = 128
        limits.bodyBytes = 256
        limits.requestsPerConnection = 6
        return limits
    }()

    private var machine = ConnectionMachine(limits: limits, timeouts: HTTPTimeouts(), now: 0)
    private let manner: Manner
    private var outcome = Outcome()
    private var open: Handled?
    private var isAnswered = false
    private var mayHandle = true
    private var isClosed = false
    private var deeds: ArraySlice<Deed> = []
    private var steps = 0

    /// Checks one input.
    static func check(_ input: [UInt8]) {
        guard input.count > 2 else { return }
        let bytes = Array(input.dropFirst(2))
        let manner = Manner.allCases[Int(input[1]) % Manner.allCases.count]
        let whole = run([bytes], manner)
        let pieces = cut(bytes, UInt64(input[0]))
        let inPieces = run(pieces, manner)
        let single = run(bytes.map { [$0] }, manner)
        // What a handler that answers early leaves unread depends on when it does.
        if manner == .reads || manner == .pauses {
            precondition(inPieces == whole && single == whole, "cutting the input changes what comes of it")
        }
        for handled in whole.handled where manner == .reads { checkAgain(handled) }
    }

    private static func cut(_ bytes: [UInt8], _ seed: UInt64) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        while !rest.isEmpty {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let count = 1 + Int(state % 23)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    private static func run(_ pieces: [[UInt8]], _ manner: Manner) -> Outcome {
        var run = MachineInvariants(manner: manner)
        for piece in pieces {
            // The socket is read only when this is so.
            guard run.machine.wantsReading else { break }
            run.obey(run.machine.received(piece, now: 0))
            precondition(
                run.machine.bufferedBytes < ConnectionMachine.readAheadBytes + max(piece.count, 64 * 1024),
                "more is taken in than stated")
        }
        run.obey(run.machine.receivedEnd(now: 0))
        run.obey(run.machine.tick(now: .max / 2))
        run.obey(run.machine.drain(force: true))
        precondition(run.isClosed, "a forced end leaves the connection open")
        return run.outcome
    }

    private init(manner: Manner) {
        self.manner = manner
    }

    /// What the handler does, which comes once all that was to be done before is done.
    private enum Deed {
        case want, begin, finish, answer
    }

    private mutating func obey(_ actions: [ConnectionMachine.Action]) {
        var waiting = actions[...]
        while true {
            while let action = waiting.popFirst() {
                steps += 1
                precondition(steps < 100_000, "it does not come to an end")
                precondition(!isClosed, "something happens on a closed connection")
                waiting += take(action)
            }
            guard let deed = deeds.popFirst() else { return }
            switch deed {
            case .want: waiting += machine.contentWanted(now: 0)
            case .begin: begin()
            case .answer: waiting += answer()
            case .finish: waiting += finish()
            }
        }
    }

    private mutating func take(_ action: ConnectionMachine.Action) -> [ConnectionMachine.Action] {
        switch action {
        case .handle(let head):
            precondition(open == nil && mayHandle, "a request while another is under way, or after the last")
            Self.check(head)
            open = Handled(head: head)
            isAnswered = false
            switch manner {
            case .reads, .pauses: deeds.append(.want)
            case .answersAtOnce: deeds.append(.answer)
            case .answersWhileReading: deeds += [.begin, .want]
            }
            return []
        case .content(let bytes):
            precondition(open != nil && !bytes.isEmpty, "content of no request")
            open?.content += bytes
            precondition(open?.content.count ?? 0 <= Self.limits.bodyBytes, "more content than may be")
            guard manner == .pauses else { return [] }
            machine.contentPaused(now: 0)
            deeds.append(.want)
            return []
        case .contentEnded(let trailers):
            open?.trailers = trailers
            precondition(trailers.allSatisfy { !Trailers.isForbidden($0.name) })
            outcome.handled += open.map { [$0] } ?? []
            if manner == .answersWhileReading { deeds.append(.finish) }
            if manner == .reads || manner == .pauses { deeds.append(.answer) }
            return []
        case .contentFailed:
            if isAnswered, manner == .answersWhileReading { deeds.append(.finish) }
            return []
        case .cancelHandler:
            open = nil
            return []
        case .sendContinue:
            precondition(open?.head.expectsContinue == true && !isAnswered)
            return []
        case .refuse(let error):
            precondition(outcome.refusal == nil && error.status.code >= 400)
            outcome.refusal = error.status.code
            (mayHandle, open) = (false, nil)
            return machine.wrote(1, isEmpty: true, now: 0)
        case .answered:
            open = nil
            return []
        case .shutDownWriting:
            mayHandle = false
            return []
        case .close:
            isClosed = true
            return []
        }
    }

    private mutating func begin() {
        guard let persists = machine.answer(endsWithConnection: false) else { return }
        isAnswered = true
        mayHandle = persists
    }

    private mutating func finish() -> [ConnectionMachine.Action] {
        machine.produced(now: 0) + machine.wrote(1, isEmpty: true, now: 0)
    }

    private mutating func answer() -> [ConnectionMachine.Action] {
        begin()
        return isAnswered ? finish() : []
    }

    // MARK: - Heads

    /// What handlers may rely on.
    private static func check(_ head: RequestHead) {
        precondition(head.fields.count <= limits.fieldCount + 1 && head.target.utf8.count <= limits.targetBytes + 1)
        precondition(head.target.hasPrefix("/") || (head.target == "*" && head.method == .options))
        precondition(head.target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
        precondition(head.fields[values: .host].count == 1 || head.isHTTP10)
        for field in head.fields {
            precondition(!field.name.rawName.isEmpty && field.name.rawName.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f })
            precondition(field.value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 9 })
        }
        let lengths = head.fields[values: .contentLength].count
        let codings = head.fields[values: .transferEncoding].count
        precondition(lengths + codings <= 1, "two framings")
        switch head.framing {
        case .chunked: precondition(codings == 1 && !head.isHTTP10)
        case .length(let count): precondition(lengths == 1 && count > 0 && count <= limits.bodyBytes)
        case .none: precondition(codings == 0)
        }
    }

    /// Written out anew, a request is read as the same one: nothing in it can be taken for something else.
    private static func checkAgain(_ handled: Handled) {
        let head = handled.head
        var text = "\(head.method.rawValue) \(head.target) HTTP/1.\(head.isHTTP10 ? 0 : 1)\r\n"
        for field in head.fields { text += "\(field.name.rawName): \(field.value)\r\n" }
        var bytes = Array((text + "\r\n").utf8)
        if head.framing == .chunked {
            if !handled.content.isEmpty {
                bytes += Array("\(String(handled.content.count, radix: 16))\r\n".utf8) + handled.content + [13, 10]
            }
            bytes += Trailers.end(with: handled.trailers)
        } else {
            bytes += handled.content
        }
        var roomy = limits
        (roomy.headBytes, roomy.fieldCount, roomy.targetBytes) = (1 << 16, 100, 1 << 12)
        var parser = RequestParser(limits: roomy)
        parser.feed(bytes)
        var again: Handled?
        do {
            while let event = try parser.next() {
                switch event {
                case .head(let head): again = Handled(head: head)
                case .body(let bytes): again?.content += bytes
                case .trailers(let fields): again?.trailers = fields
                case .end: precondition(!parser.isInsideRequest)
                }
            }
        } catch {
            preconditionFailure("a request that was taken is refused: \(error)")
        }
        precondition(again == handled, "a request is read as another")
    }
}
