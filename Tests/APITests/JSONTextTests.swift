import Foundation
import Testing

@testable import API

/// What is written by hand is what the encoder writes.
@Suite struct JSONTextTests {
    private static let run = RunBody(
        id: "run_1", sweepID: "sw_1", state: "running", size: 400, fraction: 0.5, depth: 5, seed: 0, attempt: 1,
        failures: 0, epochs: .init(done: 17, total: 60), stepsPerEpoch: 50,
        last: EpochBody(
            epoch: 17, trainLoss: 0.2134816497564316, valLoss: 1e-7, valDSC: 1, learningRate: 8.212e-4,
            seconds: 11, imagesSeen: 13600),
        bestValDSC: 0.75, earlyStop: nil, testDSC: nil, testDSCSD: nil, testCases: nil, testDSCByClass: nil, model: nil,
        notBefore: nil, pause: nil, parameterCount: 6_498_131, subsetHash: "9f86d0", worker: nil, error: nil,
        reason: nil,
        createdAt: Date(timeIntervalSince1970: 1_767_225_600.125), startedAt: nil, finishedAt: nil)

    private func encoded(_ run: RunBody) throws -> String {
        String(decoding: try JSONCoding.encoder().encode(run), as: UTF8.self)
    }

    @Test func aRunInTraining() throws {
        #expect(String(decoding: Self.run.json, as: UTF8.self) == (try encoded(Self.run)))
    }

    @Test func everyField() throws {
        var run = Self.run
        run.last = nil
        (run.testDSC, run.testDSCSD, run.testCases) = (0.81, 0, 12)
        run.earlyStop = .init(
            forecast: .init(value: 0.75, low: 0.5, high: 0.8125), modelVersion: 3, testDSC: 0.7, testDSCSD: 0.1)
        run.testDSCByClass = [.init(name: "polyp", dsc: 0.8), .init(name: "a \"b\" \\ c/d\u{1}\n", dsc: 1)]
        run.model = .init(bytes: 26_000_000, sha256: "ab")
        run.worker = "wörker-🐟"
        run.notBefore = run.createdAt
        run.pause = "sweep"
        run.reason = "the sweep's deadline has passed"
        run.error = .init(message: "out of\tmemory\u{8}\u{c}\r\u{1f}\u{7f}", logTail: "one\ntwo")
        run.startedAt = Date(timeIntervalSince1970: 0)
        run.finishedAt = Date(timeIntervalSince1970: 4_102_444_799.999)
        #expect(String(decoding: run.json, as: UTF8.self) == (try encoded(run)))
    }

    @Test(arguments: [
        0, 1, -1, 0.1, 1.0 / 3, 123_456_789, 1e15, 1e16, 1e17, 1e100, 5e-324, -0.0, 2.5e-5, 0.0001,
        .greatestFiniteMagnitude,
    ])
    func numbers(_ value: Double) throws {
        var json = JSONText(capacity: 32)
        json.number(value)
        #expect(
            String(decoding: json.bytes, as: UTF8.self)
                == String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    }

    @Test(arguments: [0, 7, 10, -3, 1_000_000, .max, .min])
    func integers(_ value: Int) {
        var json = JSONText(capacity: 32)
        json.integer(value)
        #expect(String(decoding: json.bytes, as: UTF8.self) == "\(value)")
    }

    /// Every day of eight centuries, at a time of day that moves.
    @Test func times() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in stride(from: -135_140, to: 157_054, by: 13) {
            let milliseconds = day * 86_400_000 + (day * 7_919_377 % 86_400_000 + 86_400_000) % 86_400_000
            // Half a millisecond more: the formatter cuts off where a binary fraction falls short.
            let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
            let safe = Date(timeIntervalSince1970: (Double(milliseconds) + 0.4) / 1000)
            #expect(Timestamp.text(date) == safe.formatted(style))
        }
    }

    @Test func timesAreReadBack() throws {
        let date = Date(timeIntervalSince1970: 1_767_225_612.5)
        #expect(Timestamp.text(date) == "2026-01-01T00:00:12.500Z")
        #expect(Timestamp.date(Timestamp.text(date)) == date)
    }
}
