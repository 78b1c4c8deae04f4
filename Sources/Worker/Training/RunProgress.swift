import Foundation

/// What a run needs beside the network to go on: where it stands within an epoch. Written in front of the network's
/// own checkpoint: eight bytes of length, then JSON.
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
        return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + network
    }

    /// - Throws: `WorkerError.server` for bytes that are no checkpoint of a run.
    static func unwrap(_ bytes: [UInt8]) throws -> (progress: RunProgress, network: [UInt8]) {
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard bytes.count >= 8, length <= UInt64(bytes.count - 8), length < 1 << 20,
            let progress = try? JSONDecoder().decode(RunProgress.self, from: Data(bytes[8..<8 + Int(length)]))
        else { throw WorkerError.server("the checkpoint is damaged") }
        return (progress, Array(bytes[(8 + Int(length))...]))
    }
}
