import ArgumentParser
import Foundation
import LearningCurves

/// `plateau evaluate`
struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure how far this program's answers can be trusted.",
        subcommands: [Forecasts.self, Estimates.self, Adaptive.self])

    struct Forecasts: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Judge forecasts of the final DSC on whole learning curves, against simple baselines.",
            discussion: """
                DIR holds a CSV file per curve: a header line, val_dice or val_dsc (0 to 1), and where there are any \
                epoch (from 0 or 1), train_loss and val_loss. Its manifest.csv says what they are: file, and where \
                known task, epochs (of the whole run), train_size and dims; other columns are passed over. Curves that \
                cannot be used are named and left out.

                Each curve is averaged in at most 100 blocks; what is forecast is the mean of the last 5 % of them, \
                from the first 5, 10, 20, 40 and 60 % (3 at least). The ratio is that of mean absolute errors, to the \
                best baseline at that cut, with its 90 % interval by a paired bootstrap of the curves.

                The program's own surrogate has seen no real curve. Where there are two tasks or more it is judged as \
                well with its intervals calibrated, for each task, on the curves of all others, and with \
                --leave-one-task-out after it was refined on these.

                Example:
                  plateau evaluate forecasts ../shared/data/curves
                """)

        @Argument(help: "The folder of curves.") var dir: String
        @Option(help: "A file of weights by 'plateau surrogate train', to judge instead of the program's own.")
        var weights: String?
        @Flag(help: "Also judge the surrogate after refining it on the curves of other tasks.") var leaveOneTaskOut =
            false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                let folder = try CurveFolder(at: URL(filePath: dir))
                try EvaluateCommand.complain(of: folder.problems, using: folder.curves.count, in: dir)
                let surrogate = try self.surrogate()
                var contenders = [Contender(name: "surrogate") { _ in Forecaster(surrogate: surrogate) }]
                let hasOthers = Set(folder.curves.map(\.task)).count > 1
                guard hasOthers || !leaveOneTaskOut else {
                    throw CommandFailure(
                        code: ExitStatus.failed,
                        message:
                            "--leave-one-task-out needs curves of two tasks or more; manifest.csv names them in the column task"
                    )
                }
                if hasOthers {
                    contenders.append(
                        .leavingOneTaskOut(name: "calibrated on others", folder.curves) { surrogate.calibrated(on: $0) }
                    )
                }
                if leaveOneTaskOut {
                    contenders.append(
                        .leavingOneTaskOut(name: "refined on others", folder.curves) {
                            surrogate.refinedUnchecked(on: $0, seed: 1)
                        })
                }
                let table = try ForecastEvaluation.table(folder.curves, contenders: contenders)
                if json { return try JSONOutput.write(table) }
                Screen.say(ForecastTableText.text(table))
            }
        }

        private func surrogate() throws -> Surrogate {
            guard let weights else { return .shipped }
            do {
                return try Surrogate(version: 0, bytes: [UInt8](try Data(contentsOf: URL(filePath: weights))))
            } catch {
                let problem = (error as? LearningCurvesError)?.description ?? error.localizedDescription
                throw CommandFailure(code: ExitStatus.failed, message: "\(weights): \(problem)")
            }
        }
    }

    /// - throws: `CommandFailure` where nothing is left to judge.
    static func complain(of problems: [String], using count: Int, in folder: String) throws {
        for problem in problems { Screen.complain("left out: \(problem)") }
        guard count > 0 else {
            throw CommandFailure(code: ExitStatus.failed, message: "no curve in \(folder) can be used")
        }
    }
}
