import Foundation
import Testing

@testable import Storage

/// Durable epoch records a second, by how many are under way at a time. `PLATEAU_SLOW_TESTS=1` prints them.
@Suite struct EpochLoadTests {
    private static let isSlow = ProcessInfo.processInfo.environment["PLATEAU_SLOW_TESTS"] == "1"

    @Test(.enabled(if: isSlow), arguments: [1, 8, 64]) func epochsASecond(inFlight: Int) async throws {
        let test = try TemporaryStore()
        let epochs = inFlight == 1 ? 2000 : 16_000 / inFlight
        let sweep = try await test.addSweep(runs: inFlight, epochs: epochs)
        var runs: [RunRecord] = []
        for _ in 0..<inFlight { runs.append(try await test.claim()) }
        let clock = ContinuousClock()
        let start = clock.now
        let times = try await withThrowingTaskGroup(of: [Double].self) { group in
            for run in runs {
                group.addTask {
                    var times: [Double] = []
                    for epoch in 1...epochs {
                        let asked = clock.now
                        _ = try await test.store.record([TemporaryStore.epoch(epoch)], run: run.id, attempt: 1)
                        times.append((clock.now - asked) / .milliseconds(1))
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }.sorted()
        }
        let seconds = (clock.now - start) / .seconds(1)
        #expect(times.count == inFlight * epochs)
        #expect(try await test.store.sweep(sweep.id).epochsDone == times.count)
        print(
            "\(inFlight) in flight: \(Int(Double(times.count) / seconds)) epochs/s, "
                + "p50 \(times[times.count / 2]) ms, p99 \(times[times.count * 99 / 100]) ms")
    }
}
