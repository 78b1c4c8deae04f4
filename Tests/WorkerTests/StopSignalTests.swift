import Testing

@testable import Worker

@Suite struct StopSignalTests {
    @Test func waitsAsLongAsItWasTold() {
        let signal = StopSignal()
        let clock = ContinuousClock()
        for duration in [Duration.milliseconds(30), .zero, .nanoseconds(1)] {
            let start = clock.now
            #expect(!signal.wait(duration))
            #expect(clock.now - start >= duration)
        }
        #expect(!signal.isStopped)
    }

    @Test func wakesEveryWaiter() async throws {
        let signal = StopSignal()
        // Were it not woken, the test would not end.
        async let first = onThread { signal.wait(.seconds(3600)) }
        async let second = onThread { signal.wait(.seconds(3600)) }
        async let stopping: Void = onThread { signal.stop() }
        let woken = try await [first, second]
        try await stopping
        #expect(woken == [true, true])
        #expect(signal.isStopped)
    }

    @Test func doesNotWaitOnceStopped() {
        let signal = StopSignal()
        signal.stop()
        signal.stop()
        #expect(signal.wait(.seconds(3600)))
        #expect(signal.isStopped)
    }
}
