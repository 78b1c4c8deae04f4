/// Whether the database takes writes, found out by a write of nothing: a full or read-only disk shows here first. Whoever
/// asks needs no token, so it is written no more often than `interval`, however often it is asked for.
actor DatabaseProbe {
    /// How old an answer may be. Callers poll every few seconds, and take a server out after several failures.
    static let interval = Duration.seconds(3)

    private let perform: @Sendable () async -> ReadinessBody.Check
    private let now: @Sendable () -> ContinuousClock.Instant
    private var last: (begun: ContinuousClock.Instant, check: Task<ReadinessBody.Check, Never>)?

    /// - Parameter perform: writes, and says what came of it.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        perform: @escaping @Sendable () async -> ReadinessBody.Check
    ) {
        self.now = now
        self.perform = perform
    }

    /// Those who ask while a write is under way wait for that one.
    func check() async -> ReadinessBody.Check {
        if let last, now() - last.begun < Self.interval { return await last.check.value }
        let check = Task { [perform] in await perform() }
        last = (now(), check)
        return await check.value
    }
}
