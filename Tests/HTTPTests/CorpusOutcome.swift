import HTTPTypes

@testable import HTTP

/// What a `ConnectionMachine` makes of bytes, with a handler that reads every request to its end and answers.
struct CorpusOutcome: Equatable {
    struct Handled: Equatable {
        var line: String
        var fields: HTTPFields
        var content: [UInt8] = []
        var trailers = HTTPFields()
    }

    var handled: [Handled] = []
    var sendsContinue = false
    var ending: CorpusCase.Ending = .keeps

    private var open: Handled?

    static func == (one: CorpusOutcome, other: CorpusOutcome) -> Bool {
        one.handled == other.handled && one.sendsContinue == other.sendsContinue && one.ending == other.ending
    }

    init(_ pieces: [[UInt8]]) {
        var timeouts = HTTPTimeouts()
        (timeouts.headSeconds, timeouts.bodyIdleSeconds) = (1, 1)
        (timeouts.firstByteSeconds, timeouts.keepAliveSeconds) = (1000, 1000)
        var machine = ConnectionMachine(limits: CorpusCase.limits, timeouts: timeouts, now: 0)
        for piece in pieces { obey(machine.received(piece, now: 0), &machine) }
        if open != nil { obey(machine.contentWanted(now: 0), &machine) }
        // Only a request that has begun is late.
        guard ending == .keeps, machine.tick(now: 2_000_000_000).contains(where: Self.isRefusal) else { return }
        ending = .waits
    }

    private static func isRefusal(_ action: ConnectionMachine.Action) -> Bool {
        if case .refuse = action { true } else { false }
    }

    private mutating func obey(_ actions: [ConnectionMachine.Action], _ machine: inout ConnectionMachine) {
        var actions = actions[...]
        while let action = actions.popFirst() {
            switch action {
            case .handle(let head):
                open = Handled(line: "\(head.method.rawValue) \(head.target)", fields: head.fields)
            case .content(let bytes): open?.content += bytes
            case .contentEnded(let trailers):
                open?.trailers = trailers
                handled += open.map { [$0] } ?? []
                open = nil
                _ = machine.answer(endsWithConnection: false)
                actions += machine.produced(now: 0) + machine.wrote(1, isEmpty: true, now: 0)
            case .contentFailed, .cancelHandler: open = nil
            case .sendContinue: sendsContinue = true
            case .refuse(let error):
                ending = .refused(error.status.code)
                actions += machine.wrote(1, isEmpty: true, now: 0)
            case .shutDownWriting, .close: if ending == .keeps { ending = .closes }
            case .answered: break
            }
        }
    }
}
