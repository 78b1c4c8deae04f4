import Foundation
import TestSupport
import Testing

/// One recipe, trained over and over on a server of its own, by workers that are started for it and killed.
struct RepeatedRun {
    /// What a training left.
    struct Outcome: Equatable {
        /// Lines of the CSV without wall times.
        var curve: [String]
        var testDSC: Double
        /// SHA-256.
        var weights: String
    }

    private static let stepsPerEpoch = 40

    private let dataset: String
    private let instructions: String
    var precision: String
    private let epochs: Int
    private let folder: TemporaryFolder
    private let server: ServerProcess

    /// - Parameter dataset: "images" or "volumes".
    init(of dataset: String, instructions: String, precision: String = "fp32", epochs: Int) async throws {
        self.dataset = dataset
        self.instructions = instructions
        self.precision = precision
        self.epochs = epochs
        folder = try TemporaryFolder()
        server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: ["--workers", "0", "--lease-seconds", "2", "--data-root", folder.url.path])
        let (layout, size) =
            dataset == "images" ? ("image-mask", ["--size", "32"]) : ("msd", ["--dims", "3", "--size", "16"])
        let path = folder.url.appending(path: dataset).path
        try Study.succeed(try server.command(["dataset", "synth", path, "--count", "20", "--seed", "5"] + size))
        try Study.succeed(try server.command("dataset", "add", dataset, path, "--layout", layout))
    }

    /// Trains it from beginning to end.
    func undisturbed(threads: Int) async throws -> Outcome {
        let run = try submit()
        try await finish(threads: threads)
        return try outcome(run)
    }

    /// Trains it with kills at random moments, with one thread and two in turn.
    ///
    /// A moment is a number of lines of the worker's log, which has one for each step and each thing that the server has
    /// taken: as many as an epoch has at most, from its start or, once a worker was lost, from the next epoch's record. The
    /// environment's PLATEAU_TEST_SEED brings moments back.
    ///
    /// - Returns: what came of it; several where a worker was so far ahead of its log that it ended the run: the rest of the
    ///   kills is for another.
    func killed(times: Int) async throws -> (outcomes: [Outcome], moments: Comment) {
        let given = ProcessInfo.processInfo.environment["PLATEAU_TEST_SEED"].flatMap(UInt64.init)
        let seed = given ?? UInt64.random(in: .min ... .max)
        let comment: Comment = "PLATEAU_TEST_SEED=\(seed)"
        print("\(dataset), \(instructions), \(precision): killed at the moments of \(comment)")
        var moments = RandomMoments(seed: seed)
        var run = try submit()
        var told: Int?
        var outcomes: [Outcome] = []
        for kill in 0..<times {
            let worker = try worker(threads: 1 + kill % 2)
            // A run that loses two workers without a new epoch in between is quarantined.
            if let told {
                _ = try await worker.line { $0.contains("[Worker] record kept") && $0.contains(" epoch=\(told + 1) ") }
            }
            let lines = Int(moments.next() * Double(Self.stepsPerEpoch + 3))
            for _ in 0..<lines {
                let line = try await worker.line { $0.contains("[Worker]") }
                if line.contains("finished") { break }
            }
            worker.end(SIGKILL)
            let record = try record(run)
            told = record.epochs.done
            if record.testDSC != nil {
                outcomes.append(try outcome(run))
                run = try submit()
                told = 0
            } else if record.epochs.done == epochs {
                // Killed while it tested: there is no further epoch to wait for.
                break
            }
        }
        try await finish(threads: 2)
        return (outcomes + [try outcome(run)], comment)
    }

    /// Trains some epochs of it, loses two workers in a row, for which it fails, and runs it again.
    /// - Returns: what came of it, and the worker's line that says from which epoch it went on.
    func failedAndRunAgain() async throws -> (outcome: Outcome, resumedFrom: String) {
        let run = try submit()
        let first = try worker(threads: 1)
        _ = try await first.line { $0.contains("[Worker] checkpoint kept") && $0.contains(" epoch=2 ") }
        first.end(SIGKILL)
        let second = try worker(threads: 1)
        _ = try await second.line { $0.contains("[Worker] resumed") }
        second.end(SIGKILL)
        _ = try server.command("watch", run.sweep)
        try #require(try record(run).state == "failed")
        try Study.succeed(try server.command("rerun", run.run))
        let third = try worker(threads: 2)
        let resumed = try await third.line { $0.contains("[Worker] resumed") }
        try await finish(third)
        return (try outcome(run), resumed)
    }

    private func finish(threads: Int) async throws { try await finish(try worker(threads: threads)) }

    private func finish(_ worker: WorkerProcess) async throws {
        _ = try await worker.line { $0.contains("[Worker] finished") }
        worker.end(SIGTERM)
    }

    private func worker(threads: Int) throws -> WorkerProcess {
        try WorkerProcess(
            server: try server.url, token: try server.adminToken, cache: folder.url.appending(path: "cache"),
            options: ["--threads", "\(threads)", "--simd", instructions], logLevel: "trace")
    }
}

/// What the server is asked.
extension RepeatedRun {
    private struct Submitted {
        var sweep: String
        var run: String
    }

    private struct Record: Decodable {
        struct Epochs: Decodable { var done: Int }

        var id: String
        var state: String
        var epochs: Epochs
        var testDSC: Double?

        enum CodingKeys: String, CodingKey {
            case id, state, epochs
            case testDSC = "test_dsc"
        }
    }

    private func submit() throws -> Submitted {
        let size = dataset == "images" ? ["--image-size", "32"] : ["--patch-size", "12x14x16"]
        let submitted = try Study.succeed(
            try server.command(
                [
                    "submit", dataset, "--sizes", "7", "--depths", "3", "--batch-size", "4", "--epochs", "\(epochs)",
                    "--steps-per-epoch", "\(Self.stepsPerEpoch)", "--augmentation", "standard", "--precision",
                    precision, "--json",
                ] + size))
        struct Sweep: Decodable { var id: String }
        let sweep = try JSONDecoder().decode(Sweep.self, from: Data(submitted.output.utf8)).id
        return Submitted(sweep: sweep, run: try record(of: sweep).id)
    }

    private func record(_ run: Submitted) throws -> Record { try record(of: run.sweep) }

    /// Of a sweep's only run.
    private func record(of sweep: String) throws -> Record {
        let runs = try Study.succeed(try server.command("runs", sweep, "--json")).output
        return try #require(JSONDecoder().decode([Record].self, from: Data(runs.utf8)).first)
    }

    private func outcome(_ run: Submitted) throws -> Outcome {
        let file = folder.url.appending(path: "\(run.run).safetensors").path
        let said = try Study.succeed(try server.command("model", "export", run.run, "--output", file, "--json")).output
        let hash = try #require(said.firstMatch(of: /[0-9a-f]{64}/)).output
        let curve = try Study.succeed(try server.command("curve", run.run, "--csv")).output
            .split(whereSeparator: \.isNewline).dropFirst().map { line in
                line.split(separator: ",").enumerated().filter { $0.offset != 5 }.map { String($0.element) }
                    .joined(separator: ",")
            }
        return Outcome(curve: curve, testDSC: try #require(try record(run).testDSC), weights: String(hash))
    }
}

/// Numbers in [0, 1) that a seed brings back (SplitMix64, Steele, Lea & Flood 2014).
private struct RandomMoments {
    var seed: UInt64

    mutating func next() -> Double {
        seed &+= 0x9e37_79b9_7f4a_7c15
        var z = (seed ^ (seed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }
}
