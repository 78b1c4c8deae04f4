import Testing

@testable import Worker

@Suite struct RunProgressTests {
    private let progress = RunProgress(epoch: 3, stepInEpoch: 7, lossSum: 0.1 + 0.2, seconds: 12.5)
    private let network: [UInt8] = [9, 8, 7]

    @Test func roundTrip() throws {
        let (unwrapped, rest) = try RunProgress.unwrap(try progress.wrap(network))
        #expect(unwrapped == progress)
        #expect(unwrapped.lossSum.bitPattern == progress.lossSum.bitPattern)
        #expect(rest == network)
        #expect(try RunProgress.unwrap(try RunProgress().wrap([])).progress == RunProgress())
    }

    @Test func anyFlippedBitBeforeTheNetworkIsSeen() throws {
        let bytes = try progress.wrap(network)
        for index in 0..<bytes.count - network.count {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                #expect(throws: WorkerError.self, "byte \(index), bit \(bit)") { try RunProgress.unwrap(damaged) }
            }
        }
    }

    @Test func anyCutBeforeTheNetworkIsSeen() throws {
        let bytes = try progress.wrap([])
        for count in 0..<bytes.count {
            #expect(throws: WorkerError.self, "\(count) bytes") { try RunProgress.unwrap(Array(bytes[..<count])) }
        }
    }

    @Test(arguments: [
        (0, 0, 0, true), (1, 2, 6, true), (1, 4, 8, true), (3, 0, 12, true),
        (1, 2, 5, false), (4, 0, 16, false), (0, 5, 5, false), (-1, 4, 0, false), (1, -1, 3, false),
    ])
    func fitsItsRun(epoch: Int, stepInEpoch: Int, stepsDone: Int, fits: Bool) {
        let run = Claim.Run(
            id: "run", attempt: 1, size: 8, depth: 2, seed: 0, epochsTotal: 3, epochsDone: 0, stepsPerEpoch: 4)
        #expect(RunProgress(epoch: epoch, stepInEpoch: stepInEpoch).fits(run, stepsDone: stepsDone) == fits)
    }
}
