import API
import ArgumentParser
import Foundation
import LearningCurves
import Storage

extension EvaluateCommand {
    struct Adaptive: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Play adaptive sweeps over finished full ones, and compare what both say.",
            discussion: """
                DIR is a data directory or a backup of one. Over each of its full sweeps whose runs have all succeeded, \
                adaptive ones are played, without training: a run that the planner chooses is taken from the full sweep. \
                With --tolerance it ends early where the forecast of its curve so far would have ended it, by the surrogate \
                that comes with the program. Its test DSC is then taken to lie below the final one by as much as its \
                validation DSC does.

                Questions: how many images for a plateau, by four deltas, and for a target DSC, at three targets across the \
                sweep's sizes. Each is asked --draws times: once with the seeds as they are, then with those of each cell \
                exchanged at random. |ln| is that of adaptive to full n; 'no n' counts replays that give an n where the full \
                sweep has none, or the other way round. A server may run on DIR: it is copied and not changed.

                Example:
                  plateau evaluate adaptive ./var
                """)

        @Argument(help: "A data directory, or a backup.") var dir: String
        @Option(help: "Replays of each question.") var draws = 8
        @Option(help: "Wanted width of the interval of n, as a share of n.") var precision = 0.3
        @Option(help: "A run is stopped once the 90 % interval of its forecast is narrower; 0 stops none.")
        var tolerance = 0.0
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard (1...1000).contains(draws) else { throw ValidationError("--draws must be from 1 to 1000") }
            guard (0.01...10).contains(precision) else { throw ValidationError("--precision must be from 0.01 to 10") }
            guard (0...0.5).contains(tolerance) else { throw ValidationError("--tolerance must be from 0 to 0.5") }
        }

        func run() async throws {
            do {
                let sweeps = try await replays()
                guard !sweeps.isEmpty else {
                    throw CommandFailure(
                        code: ExitStatus.failed,
                        message:
                            "\(dir) has no full sweep whose runs have all succeeded: submit one and let it end first")
                }
                let table = try ReplayTable(sweeps, precision: precision, draws: draws) { done, count in
                    Screen.complain("\(done) of \(count) questions")
                }
                if json { return try JSONOutput.write(table) }
                Screen.say(ReplayTableText.text(table))
            } catch {
                throw UpkeepFailure.reported("evaluate adaptive", error)
            }
        }

        /// Of a copy, which is brought up to this program's schema.
        private func replays() async throws -> [SweepReplay] {
            let folder = FileManager.default.temporaryDirectory.appending(path: "plateau-replay-\(UUID().uuidString)")
            try DataFiles.makeFolder(folder)
            defer { try? FileManager.default.removeItem(at: folder) }
            try DatabaseFile(DataFiles.database(URL(filePath: dir))).copy(to: DataFiles.database(folder))
            let store = try Store(Store.Configuration(path: DataFiles.database(folder)))
            defer { try? store.close() }
            var replays: [SweepReplay] = []
            var cursor: String?
            repeat {
                let slice = try await store.sweeps(state: .succeeded, after: cursor, limit: 100)
                for sweep in slice.items {
                    if let replay = try await SweepReplay(sweep, in: store, tolerance: tolerance) {
                        replays.append(replay)
                    }
                }
                cursor = slice.nextCursor
            } while cursor != nil
            return replays
        }
    }
}
