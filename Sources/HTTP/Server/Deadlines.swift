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
    private var since: UInt64
    private var leftAt: UInt64?

    init(timeouts: HTTPTimeouts, now: UInt64) {
        self.timeouts = timeouts
        since = now
    }

    /// Enters a phase; entering the one it is in changes nothing, so that a head that trickles in gets no more time.
    mutating func enter(_ phase: Phase, now: UInt64) {
        guard phase != self.phase else { return }
        self.phase = phase
        since = now
    }

    /// The client took some of its answer.
    mutating func wrote(now: UInt64) {
        if phase == .writing { since = now }
    }

    mutating func received(now: UInt64) {
        if phase == .readingBody { since = now }
    }

    mutating func clientClosedItsSide(now: UInt64) { leftAt = leftAt ?? now }

    func expired(now: UInt64) -> Expiry? {
        switch phase {
        case .idle: isPast(timeouts.keepAliveSeconds, since, now) ? .idle : nil
        case .readingHead: isPast(timeouts.headSeconds, since, now) ? .requestTooSlow : nil
        case .readingBody: isPast(timeouts.bodyIdleSeconds, since, now) ? .requestTooSlow : nil
        case .handling: leftAt.map { isPast(timeouts.departureSeconds, $0, now) } == true ? .clientLeft : nil
        case .writing: isPast(timeouts.writeStallSeconds, since, now) ? .writeStalled : nil
        case .lingering: isPast(Self.lingerSeconds, since, now) ? .lingering : nil
        }
    }

    private func isPast(_ seconds: Double, _ start: UInt64, _ now: UInt64) -> Bool {
        now > start && Double(now - start) >= seconds * 1e9
    }
}
