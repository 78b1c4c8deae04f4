import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ConnectionMachineTests {
    /// A machine with a clock that only the test moves.
    private struct Bench {
        var machine: ConnectionMachine
        var now: UInt64 = 1_000_000_000

        init(_ change: (inout HTTPLimits) -> Void = { _ in }) {
            var limits = HTTPLimits()
            change(&limits)
            var timeouts = HTTPTimeouts()
            timeouts.headSeconds = 10
            timeouts.bodyIdleSeconds = 30
            timeouts.firstByteSeconds = 15
            timeouts.keepAliveSeconds = 75
            timeouts.writeStallSeconds = 20
            (timeouts.bodyBytesPerSecond, timeouts.writeBytesPerSecond) = (240, 240)
            timeouts.departureSeconds = 1
            machine = ConnectionMachine(limits: limits, timeouts: timeouts, now: now)
        }

        /// In short: what happened, without heads and texts.
        static func names(_ actions: [ConnectionMachine.Action]) -> [String] {
            actions.map { action in
                switch action {
                case .handle(let head): "handle \(head.method.rawValue) \(head.target)"
                case .content(let bytes): "content \(bytes.count)"
                case .contentEnded: "contentEnded"
                case .contentFailed: "contentFailed"
                case .cancelHandler: "cancel"
                case .sendContinue: "continue"
                case .refuse(let error): "refuse \(error.status.code)"
                case .answered: "answered"
                case .shutDownWriting: "shutDown"
                case .close: "close"
                }
            }
        }

        mutating func receive(_ text: String) -> [String] { Self.names(machine.received(Array(text.utf8), now: now)) }
        mutating func receiveEnd() -> [String] { Self.names(machine.receivedEnd(now: now)) }
        mutating func want() -> [String] { Self.names(machine.contentWanted(now: now)) }
        mutating func sent() -> [String] { Self.names(machine.wrote(1, isEmpty: true, now: now)) }
        mutating func drain(force: Bool = false) -> [String] { Self.names(machine.drain(force: force)) }

        /// Answers whole, and has it sent.
        mutating func answer() -> (persists: Bool?, actions: [String]) {
            let persists = machine.answer(endsWithConnection: false)
            return (persists, Self.names(machine.produced(now: now)) + sent())
        }

        mutating func wait(_ seconds: Double, queued: Int = 0) -> [String] {
            now += UInt64(seconds * 1e9)
            return Self.names(machine.tick(now: now, queued: queued))
        }
    }

    private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private func post(_ length: Int, _ extra: String = "") -> String {
        "POST /p HTTP/1.1\r\nHost: a\r\n\(extra)Content-Length: \(length)\r\n\r\n"
    }

    // MARK: - Sequence

    @Test func oneRequestAfterTheOther() {
        var bench = Bench()
        #expect(bench.receive(get) == ["handle GET /", "contentEnded"])
        let answer = bench.answer()
        #expect(answer.persists == true)
        #expect(answer.actions == ["answered"])
        #expect(bench.receive(get) == ["handle GET /", "contentEnded"])
    }

    @Test func pipelinedRequestsWaitTheirTurn() {
        var bench = Bench()
        #expect(bench.receive(get + get + get) == ["handle GET /", "contentEnded"])
        #expect(bench.answer().actions == ["answered", "handle GET /", "contentEnded"])
        #expect(bench.answer().actions == ["answered", "handle GET /", "contentEnded"])
        #expect(bench.answer().actions == ["answered"])
    }

    @Test func readingAheadIsBounded() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(bench.machine.wantsReading)
        _ = bench.receive(String(repeating: "x", count: ConnectionMachine.readAheadBytes))
        #expect(!bench.machine.wantsReading)
    }

    @Test func pipelinedRequestsOfAClientThatHalfClosedAreAnswered() {
        var bench = Bench()
        _ = bench.receive(get + get)
        #expect(bench.receiveEnd() == [])
        var answer = bench.answer()
        #expect(answer.persists == true)
        #expect(answer.actions == ["answered", "handle GET /", "contentEnded"])
        answer = bench.answer()
        #expect(answer.persists == false)
        #expect(answer.actions == ["answered", "close"])
    }

    @Test func closesAfterSoManyRequests() {
        var bench = Bench { $0.requestsPerConnection = 2 }
        _ = bench.receive(get + get + get)
        let first = bench.answer()
        #expect(first.persists == true)
        #expect(first.actions == ["answered", "handle GET /", "contentEnded"])
        let last = bench.answer()
        #expect(last.persists == false)
        #expect(last.actions == ["answered", "shutDown"])
    }

    @Test func closesWhenAsked() {
        var bench = Bench()
        _ = bench.receive("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        let answer = bench.answer()
        #expect(answer.persists == false)
        #expect(answer.actions == ["answered", "close"])
    }

    // MARK: - Content

    @Test func contentPausesReading() {
        var bench = Bench()
        #expect(bench.receive(post(100) + "abc") == ["handle POST /p", "content 3"])
        bench.machine.contentPaused(now: bench.now)
        #expect(!bench.machine.wantsReading)
        #expect(bench.receive("d") == [])
        #expect(bench.want() == ["content 1"])
        #expect(bench.machine.wantsReading)
    }

    @Test func continueIsSentWhenContentIsWanted() {
        var bench = Bench()
        #expect(bench.receive(post(2, "Expect: 100-continue\r\n")) == ["handle POST /p"])
        #expect(bench.want() == ["continue"])
        #expect(bench.want() == [])
        #expect(bench.receive("hi") == ["content 2", "contentEnded"])
    }

    @Test func continueIsNotSentToAClientThatDidNotWait() {
        var bench = Bench()
        _ = bench.receive(post(2, "Expect: 100-continue\r\n") + "h")
        #expect(bench.want() == [])
    }

    @Test func anAnswerWithoutContinueEndsTheConnection() {
        var bench = Bench()
        _ = bench.receive(post(2, "Expect: 100-continue\r\n"))
        let answer = bench.answer()
        #expect(answer.persists == false)
        #expect(answer.actions == ["answered", "shutDown"])
    }

    @Test func littleUnwantedContentIsDropped() {
        var bench = Bench()
        _ = bench.receive(post(5))
        let answer = bench.answer()
        #expect(answer.persists == true)
        #expect(answer.actions == ["answered"])
        #expect(bench.receive("hello" + get) == ["handle GET /", "contentEnded"])
    }

    @Test func muchUnwantedContentEndsTheConnection() {
        var bench = Bench()
        _ = bench.receive(post(ConnectionMachine.dropBytes + 1))
        let answer = bench.answer()
        #expect(answer.persists == false)
        #expect(answer.actions == ["answered", "shutDown"])
    }

    @Test func lingeringIsBoundedInBytes() {
        var bench = Bench()
        #expect(bench.receive("bad\r\n") == ["refuse 400"])
        #expect(bench.sent() == ["shutDown"])
        #expect(bench.machine.wantsReading)
        #expect(bench.receive(String(repeating: "x", count: ConnectionMachine.lingerBytes - 1)) == [])
        #expect(bench.receive("x") == ["close"])
    }

    @Test func contentCutOffIsRefused() {
        var bench = Bench()
        _ = bench.receive(post(5) + "he")
        #expect(bench.receiveEnd() == ["contentFailed", "cancel", "refuse 400"])
        #expect(bench.sent() == ["close"])
    }

    @Test func badContentDuringAnAnswerDoesNotSpoilIt() {
        var bench = Bench()
        _ = bench.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(bench.machine.answer(endsWithConnection: false) == false)
        #expect(bench.receive("nonsense\r\n") == ["contentFailed"])
        #expect(Bench.names(bench.machine.produced(now: bench.now)) == [])
        #expect(bench.sent() == ["answered", "shutDown"])
    }

    @Test func tooLateForAnAnswer() {
        var bench = Bench()
        _ = bench.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
        #expect(bench.machine.answer(endsWithConnection: false) == nil)
    }

    // MARK: - Time

    @Test func theFirstByteMustCome() {
        var bench = Bench()
        #expect(bench.wait(14.9) == [])
        #expect(bench.wait(0.1) == ["close"])
    }

    @Test func emptyLinesBuyNoTime() {
        var bench = Bench()
        #expect(bench.wait(14.9) == [])
        #expect(bench.receive("\r\n") == [])
        #expect(bench.wait(0.1) == ["close"])
    }

    @Test func idlenessBeginsWithTheAnswersEnd() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(bench.wait(1000) == [])
        _ = bench.answer()
        #expect(bench.wait(74.9) == [])
        #expect(bench.wait(0.1) == ["close"])
    }

    @Test func aHeadThatTricklesInGetsNoMoreTime() {
        var bench = Bench()
        _ = bench.receive("GET / HT")
        #expect(bench.wait(5) == [])
        _ = bench.receive("TP/1.1\r\n")
        #expect(bench.wait(4.9) == [])
        _ = bench.receive("Host: a\r\n")
        #expect(bench.wait(0.1) == ["refuse 408"])
        #expect(bench.sent() == ["shutDown"])
        #expect(bench.wait(0.9) == [])
        #expect(bench.wait(0.1) == ["close"])
    }

    @Test func aBodyMustMove() {
        var bench = Bench()
        _ = bench.receive(post(500))
        #expect(bench.wait(29.9) == [])
        #expect(bench.wait(0.1) == ["contentFailed", "cancel", "refuse 408"])
    }

    /// A byte now and then keeps nothing open.
    @Test func aBodyMustKeepToItsRate() {
        var bench = Bench()
        _ = bench.receive(post(500))
        for _ in 0..<29 {
            #expect(bench.wait(1) == [])
            _ = bench.receive("h")
        }
        #expect(bench.wait(1) == [])
        #expect(bench.wait(0.2) == ["contentFailed", "cancel", "refuse 408"])
    }

    @Test func aBodyAtItsRateHasAllTheTime() {
        var bench = Bench()
        _ = bench.receive(post(240 * 200))
        for _ in 0..<199 {
            #expect(bench.wait(1) == [])
            #expect(bench.receive(String(repeating: "h", count: 240)) == ["content 240"])
        }
    }

    /// What came fast at first cannot be spent on dawdling later.
    @Test func aBodySavesNoTimeBeyondItsAllowance() {
        var bench = Bench()
        _ = bench.receive(post(200_000))
        _ = bench.receive(String(repeating: "h", count: 100_000))
        #expect(bench.wait(29.9) == [])
        #expect(bench.wait(0.1) == ["contentFailed", "cancel", "refuse 408"])
    }

    @Test func aBodyThatWaitsForItsHandlerHasTime() {
        var bench = Bench()
        _ = bench.receive(post(5) + "h")
        bench.machine.contentPaused(now: bench.now)
        #expect(bench.wait(1000) == [])
        _ = bench.want()
        #expect(bench.wait(29.9) == [])
        #expect(bench.wait(0.1) == ["contentFailed", "cancel", "refuse 408"])
    }

    /// A bench whose handler has made all of its answer.
    private func producing() -> Bench {
        var bench = Bench()
        _ = bench.receive(get)
        _ = bench.machine.answer(endsWithConnection: false)
        _ = bench.machine.produced(now: bench.now)
        return bench
    }

    @Test func anAnswerMustMove() {
        var bench = producing()
        #expect(Bench.names(bench.machine.wrote(100_000, isEmpty: false, now: bench.now)) == [])
        // All of it lies in the kernel, and the client takes nothing.
        #expect(bench.wait(19.9, queued: 100_000) == [])
        #expect(bench.wait(0.1, queued: 100_000) == ["contentFailed", "cancel", "close"])
    }

    /// A client that takes a few bytes now and then does not hold its answer for ever.
    @Test func anAnswerMustKeepToItsRate() {
        var bench = producing()
        _ = bench.machine.wrote(100_000, isEmpty: false, now: bench.now)
        for second in 1...20 { #expect(bench.wait(1, queued: 100_000 - 24 * second) == []) }
        #expect(bench.wait(1, queued: 100_000 - 24 * 21) == [])
        #expect(bench.wait(2, queued: 100_000 - 24 * 23) == ["contentFailed", "cancel", "close"])
    }

    @Test func anAnswerTakenAtItsRateGoesOut() {
        var bench = producing()
        _ = bench.machine.wrote(100_000, isEmpty: false, now: bench.now)
        for second in 1...200 { #expect(bench.wait(1, queued: 100_000 - 240 * second) == []) }
    }

    @Test func theHandlerOfAClientThatLeftIsCancelled() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(bench.receiveEnd() == [])
        #expect(bench.wait(0.9) == [])
        #expect(bench.wait(0.1) == ["cancel"])
        #expect(bench.answer().actions == ["answered", "close"])
    }

    @Test func aBrokenConnectionCancelsAtOnce() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(Bench.names(bench.machine.broke()) == ["contentFailed", "cancel", "close"])
        #expect(Bench.names(bench.machine.broke()) == [])
    }

    // MARK: - Draining

    @Test func drainingClosesWhatIsIdle() {
        var bench = Bench()
        #expect(bench.drain() == ["close"])
    }

    @Test func drainingLetsARequestFinish() {
        var bench = Bench()
        _ = bench.receive(get + get)
        #expect(bench.drain() == [])
        let answer = bench.answer()
        #expect(answer.persists == false)
        #expect(answer.actions == ["answered", "shutDown"])
    }

    @Test func forcedDrainingCancels() {
        var bench = Bench()
        _ = bench.receive(get)
        #expect(bench.drain(force: true) == ["contentFailed", "cancel", "close"])
    }

    @Test func turningAwaySendsAnAnswerFirst() {
        var bench = Bench()
        let error = HTTPError(.serviceUnavailable, "full")
        #expect(Bench.names(bench.machine.turnAway(error, now: bench.now)) == ["refuse 503"])
        #expect(bench.sent() == ["shutDown"])
        #expect(bench.receiveEnd() == ["close"])
    }
}
