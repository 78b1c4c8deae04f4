import Foundation
import TestSupport
import Testing

/// The same run gives the same curve and the same weights to the bit: with one thread or two, and killed with -9 at ten
/// random moments and resumed.
@Suite(.serialized) struct DeterminismTests {
    /// What a run left.
    private struct Outcome: Equatable {
        /// Lines of the CSV without wall times.
        var curve: [String]
        var testDSC: Double
        var weights: String
    }

    /// What is trained, and with what.
    private struct Case {
        var dataset: String
        var instructions: String
    }

    private static let epochs = 13

    private let folder: TemporaryFolder
    private let server: ServerProcess
    private let token: String

    init() async throws {
        folder = try TemporaryFolder()
        server = try await ServerProcess(
            directory: folder.url.appending(path: "var"),
            options: ["--workers", "0", "--lease-seconds", "2", "--data-root", folder.url.path])
        token = try server.adminToken
        for (name, layout, arguments) in [
            ("images", "image-mask", ["--size", "32"]), ("volumes", "msd", ["--dims", "3", "--size", "16"]),
        ] {
            let path = folder.url.appending(path: name).path
            try Study.succeed(
                try server.command(["dataset", "synth", path, "--count", "20", "--seed", "5"] + arguments))
            try Study.succeed(try server.command("dataset", "add", name, path, "--layout", layout))
        }
    }

    /// By what this machine computes with.
    private static let instructions = ["avx512", "avx2"].filter { name in
        let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        return flags.contains(name == "avx512" ? " avx512f " : " avx2 ")
    }

    @Test(.timeLimit(.minutes(10)), arguments: ["images", "volumes"], instructions)
    func threadsAndKillsChangeNothing(dataset: String, instructions: String) async throws {
        let study = Case(dataset: dataset, instructions: instructions)
        let seed = UInt64.random(in: .min ... .max)
        let (expected, epochSeconds) = try await undisturbed(study, threads: 1)
        #expect(expected.curve.count == Self.epochs)
        #expect(try await undisturbed(study, threads: 2).outcome == expected)

        var moments = RandomMoments(seed: seed)
        var run = try submit(study)
        var told = 0
        var inVain = 0
        for kill in 0..<10 {
            let worker = try worker(study, threads: 1 + kill % 2)
            _ = try await worker.line { $0.contains("claimed") }
            // A run is given up after two lost workers in a row without a new epoch, so after one an epoch is waited for.
            if inVain >= 1 {
                let next = told + 1
                _ = try await worker.line { $0.contains("[Worker] epoch") && $0.contains("epoch=\(next)/") }
            }
            // Not to wait for anything: it chooses the moment, from before the first step to within the second epoch.
            try await Task.sleep(for: .seconds(moments.next() * 1.5 * epochSeconds))
            worker.end(SIGKILL)
            let record = try record(run)
            inVain = record.epochs.done > told ? 0 : inVain + 1
            told = record.epochs.done
            // A machine that has become faster than it was may have ended the run; the rest of the kills is for another.
            if record.testDSC != nil {
                #expect(try outcome(run) == expected, "seed \(seed)")
                run = try submit(study)
                (told, inVain) = (0, 0)
            }
        }
        let worker = try worker(study, threads: 2)
        _ = try await worker.line { $0.contains("finished") }
        worker.end(SIGTERM)
        #expect(try outcome(run) == expected, "seed \(seed)")
    }

    /// Trains the run to its end.
    private func undisturbed(_ study: Case, threads: Int) async throws -> (outcome: Outcome, epochSeconds: Double) {
        let run = try submit(study)
        let worker = try worker(study, threads: threads)
        _ = try await worker.line { $0.contains("finished") }
        worker.end(SIGTERM)
        let curve = try lines(run)
        let seconds = curve.compactMap { Double($0[5]) }.reduce(0, +)
        return (try outcome(run), seconds / Double(curve.count))
    }

    private func worker(_ study: Case, threads: Int) throws -> WorkerProcess {
        try WorkerProcess(
            server: try server.url, token: token, cache: folder.url.appending(path: "cache"),
            options: ["--threads", "\(threads)", "--simd", study.instructions])
    }

    /// - Returns: the run's id.
    private func submit(_ study: Case) throws -> String {
        let size = study.dataset == "images" ? ["--image-size", "32"] : ["--patch-size", "12x14x16"]
        let submitted = try Study.succeed(
            try server.command(
                [
                    "submit", study.dataset, "--sizes", "7", "--depths", "3", "--batch-size", "4", "--epochs",
                    "\(Self.epochs)", "--steps-per-epoch", "40", "--augmentation", "standard", "--json",
                ] + size))
        struct Sweep: Decodable { var id: String }
        let sweep = try JSONDecoder().decode(Sweep.self, from: Data(submitted.output.utf8)).id
        let runs = try Study.succeed(try server.command("runs", sweep, "--json")).output
        return try #require(JSONDecoder().decode([Record].self, from: Data(runs.utf8)).first).id
    }

    private struct Record: Decodable {
        struct Epochs: Decodable { var done: Int }

        var id: String
        var epochs: Epochs
        var testDSC: Double?

        enum CodingKeys: String, CodingKey {
            case id, epochs
            case testDSC = "test_dsc"
        }
    }

    private func record(_ run: String) throws -> Record {
        let sweeps = try Study.succeed(try server.command("runs", "--json")).output
        for sweep in Set(sweeps.matches(of: /sw_[0-9a-z]{16}/).map { String($0.output) }) {
            let runs = try Study.succeed(try server.command("runs", sweep, "--json")).output
            let records = try JSONDecoder().decode([Record].self, from: Data(runs.utf8))
            if let record = records.first(where: { $0.id == run }) { return record }
        }
        throw CocoaError(.fileNoSuchFile)
    }

    private func lines(_ run: String) throws -> [[String]] {
        try Study.succeed(try server.command("curve", run, "--csv")).output
            .split(whereSeparator: \.isNewline).dropFirst().map { $0.split(separator: ",").map(String.init) }
    }

    private func outcome(_ run: String) throws -> Outcome {
        let file = folder.url.appending(path: "\(run).safetensors").path
        let said = try Study.succeed(try server.command("model", "export", run, "--output", file, "--json")).output
        let hash = try #require(said.firstMatch(of: /[0-9a-f]{64}/)).output
        let curve = try lines(run).map { line in
            line.enumerated().filter { $0.offset != 5 }.map(\.element).joined(separator: ",")
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
