/// When a connection has taken too long, by its phase. Pure: time comes in as nanoseconds of a monotonic clock.
struct Deadlines {
    enum Expiry: Equatable {
        /// A head or a body did not come in time: answer 408.
        case requestTooSlow
        /// Nothing was under way: close without a word.
        case idle
        /// The client does not take its answer: drop it.
        case writeStalled
        /// The client closed its side a while ago: cancel what it asked for.
        case clientLeft
        /// It has been told to go and is still there.
        case lingering
    }

    enum Phase: Equatable {
        case idle
        case readingHead
        case readingBody
        /// The handler works, or the body waits for it.
        case handling
        case writing
        case lingering
    }

    static let lingerSeconds = 1.0

    private let timeouts: HTTPTimeouts
    private(set) var phase = Phase.idle
    private var hasBegun = false
    /// When the phase has lasted too long; in `handling` nothing is due.
    private var due: UInt64
    /// What the body has left of its allowance, for when it is waited for again.
    private var bodyAllowance: UInt64
    /// Bytes that went to the kernel in this phase, and how many of them the client took.
    private var written = 0
    private var taken = 0
    private var leftAt: UInt64?

    init(timeouts: HTTPTimeouts, now: UInt64) {
        self.timeouts = timeouts
        due = now + Self.nanoseconds(timeouts.firstByteSeconds)
        bodyAllowance = Self.nanoseconds(timeouts.bodyIdleSeconds)
    }

    /// Enters a phase; entering the one it is in changes nothing, so that a head that trickles in gets no more time.
    mutating func enter(_ phase: Phase, now: UInt64) {
        guard phase != self.phase else { return }
        if self.phase == .readingBody { bodyAllowance = due > now ? due - now : 0 }
        self.phase = phase
        switch phase {
        case .idle: due = now + Self.nanoseconds(hasBegun ? timeouts.keepAliveSeconds : timeouts.firstByteSeconds)
        case .readingHead: due = now + Self.nanoseconds(timeouts.headSeconds)
        case .readingBody: due = now + bodyAllowance
        case .handling: due = .max
        case .writing:
            due = now + Self.nanoseconds(timeouts.writeStallSeconds)
            (written, taken) = (0, 0)
        case .lingering: due = now + Self.nanoseconds(Self.lingerSeconds)
        }
    }

    /// A head is complete: its body has all its time before it.
    mutating func requestBegan() {
        hasBegun = true
        bodyAllowance = Self.nanoseconds(timeouts.bodyIdleSeconds)
    }

    mutating func received(_ bytes: Int, now: UInt64) {
        guard phase == .readingBody else { return }
        extend(by: bytes, rate: timeouts.bodyBytesPerSecond, atMost: timeouts.bodyIdleSeconds, now)
    }

    /// The kernel took this much of an answer.
    mutating func wrote(_ bytes: Int) { written += bytes }

    /// - Parameter queued: bytes of what was written that the client has not taken yet.
    mutating func clientTook(queued: Int, now: UInt64) {
        guard phase == .writing, written - queued > taken else { return }
        let more = written - queued - taken
        taken += more
        extend(by: more, rate: timeouts.writeBytesPerSecond, atMost: timeouts.writeStallSeconds, now)
    }

    mutating func clientClosedItsSide(now: UInt64) { leftAt = leftAt ?? now }

    func expired(now: UInt64) -> Expiry? {
        if phase == .handling {
            guard let leftAt, now >= leftAt + Self.nanoseconds(timeouts.departureSeconds) else { return nil }
            return .clientLeft
        }
        guard now >= due else { return nil }
        return switch phase {
        case .idle: .idle
        case .readingHead, .readingBody: .requestTooSlow
        case .writing: .writeStalled
        case .lingering: .lingering
        case .handling: nil
        }
    }

    /// Each byte buys the time that it may take at the least rate; savings are bounded, so that what came fast at first
    /// cannot be spent on dawdling later.
    private mutating func extend(by bytes: Int, rate: Int, atMost seconds: Double, _ now: UInt64) {
        let most = now + Self.nanoseconds(seconds)
        due = rate > 0 ? min(most, due + Self.nanoseconds(Double(bytes) / Double(rate))) : most
    }

    private static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(max(0, min(seconds, 1e9)) * 1e9) }
}
