import Foundation
import NeuralNets

/// What a run needs beside the network to go on: where it stands within an epoch. Written in front of the network's
/// own checkpoint: eight bytes of length and eight of fingerprint, then JSON.
struct RunProgress: Codable, Equatable {
    /// Epochs complete.
    var epoch = 0
    /// Steps done of the epoch under way.
    var stepInEpoch = 0
    /// Sum of the losses of those steps, for the epoch's mean.
    var lossSum = 0.0
    /// Wall time spent in the epoch so far.
    var seconds = 0.0

    func wrap(_ network: [UInt8]) throws -> [UInt8] {
        let json = [UInt8](try JSONEncoder().encode(self))
        return Self.bytes(UInt64(json.count)) + Self.bytes(Fingerprint.of(json[...])) + json + network
    }

    /// Whether a network after that many steps can stand there in that run.
    func fits(_ run: Claim.Run, stepsDone: Int) -> Bool {
        (0...run.epochsTotal).contains(epoch) && (0...run.stepsPerEpoch).contains(stepInEpoch)
            && stepsDone == epoch * run.stepsPerEpoch + stepInEpoch
    }

    /// - Throws: `WorkerError.damaged` for bytes that are no checkpoint of a run. The network's own bytes are not looked
    ///   into.
    static func unwrap(_ bytes: [UInt8]) throws -> (progress: RunProgress, network: [UInt8]) {
        let start = 16
        let length = number(bytes.prefix(8))
        guard bytes.count >= start, length <= UInt64(bytes.count - start) else {
            throw WorkerError.damaged("the checkpoint is cut off")
        }
        let json = bytes[start..<start + Int(length)]
        guard Fingerprint.of(json) == number(bytes[8..<start]),
            let progress = try? JSONDecoder().decode(RunProgress.self, from: Data(json))
        else { throw WorkerError.damaged("the checkpoint's fingerprint does not fit its bytes") }
        return (progress, Array(bytes[json.endIndex...]))
    }

    /// Little-endian, as `number`.
    private static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
