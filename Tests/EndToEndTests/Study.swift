import Foundation
import TestSupport
import Testing

/// A small data set and a sweep over it, driven as a user drives them.
struct Study {
    let server: ServerProcess
    let sweep: String

    static let epochs = 4

    /// Draws, registers and submits.
    init(_ server: ServerProcess, folder: URL) throws {
        self.server = server
        let polyps = folder.appending(path: "polyps").path
        if !FileManager.default.fileExists(atPath: polyps) {
            try Self.succeed(
                try server.command("dataset", "synth", polyps, "--count", "40", "--size", "32", "--seed", "5"))
        }
        try Self.succeed(try server.command("dataset", "add", "polyps", polyps))
        let submitted = try Self.succeed(
            try server.command(
                "submit", "polyps", "--sizes", "4,8,16,28", "--depths", "2,3", "--image-size", "32,32", "--epochs",
                "\(Self.epochs)", "--steps-per-epoch", "30", "--json"))
        struct Sweep: Decodable { var id: String }
        sweep = try JSONDecoder().decode(Sweep.self, from: Data(submitted.output.utf8)).id
    }

    /// One run with its curve, as the server tells it, but for wall times.
    struct Result: Hashable {
        var cell: [Int]
        var testDSC: Double?
        var attempt: Int
        /// Lines of the CSV without the column of seconds.
        var curve: [String]
    }

    /// Every run, by size, depth and seed.
    func results() throws -> [Result] {
        struct Run: Decodable {
            var id: String
            var size: Int
            var depth: Int
            var seed: Int
            var attempt: Int
            var testDSC: Double?

            enum CodingKeys: String, CodingKey {
                case testDSC = "test_dsc"
                case id, size, depth, seed, attempt
            }
        }
        let runs = try JSONDecoder().decode(
            [Run].self, from: Data(try Self.succeed(try server.command("runs", sweep, "--json")).output.utf8))
        return try runs.map { run in
            let csv = try Self.succeed(try server.command("curve", run.id, "--csv")).output
            let lines = csv.split(whereSeparator: \.isNewline).dropFirst().map { line in
                line.split(separator: ",").enumerated().filter { $0.offset != 5 }.map { String($0.element) }
                    .joined(separator: ",")
            }
            return Result(
                cell: [run.size, run.depth, run.seed], testDSC: run.testDSC, attempt: run.attempt, curve: lines)
        }.sorted { $0.cell.lexicographicallyPrecedes($1.cell) }
    }

    @discardableResult static func succeed(_ result: CommandResult) throws -> CommandResult {
        try #require(result.status == 0, "\(result.errors)\(result.output)")
        return result
    }
}
