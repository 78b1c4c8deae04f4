import ArgumentParser
import Foundation
import LearningCurves

/// `plateau surrogate`
struct SurrogateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "surrogate", abstract: "Make the networks that forecast learning curves.",
        subcommands: [Train.self])

    struct Train: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Train the surrogate that comes with the program, from nothing but the curves it draws itself.",
            discussion: """
                Draws learning curves from the prior, trains on each batch of them once, and writes the weights. The \
                same seed and steps give the same file to the byte on the same kind of processor. The program's own is \
                Sources/CResources/surrogate.bin, which names its command in its head.

                Example:
                  plateau surrogate train --out surrogate.bin --seed 1
                """)

        @Option(help: "The file to write.") var out: String
        @Option(help: "Of the curves and of the first weights.") var seed: UInt64 = 1
        @Option(help: "Batches to train on.") var steps = SurrogatePretraining().steps

        func validate() throws {
            guard (1...1_000_000).contains(steps) else { throw ValidationError("--steps must be from 1 to 1000000") }
        }

        func run() throws {
            try CommandFailure.reporting {
                var training = SurrogatePretraining()
                training.steps = steps
                var recent = 0.0
                let surrogate = try training.train(seed: seed) { step, loss in
                    recent += (loss - recent) / Double(min(step, 100))
                    guard step % 100 == 0 || step == steps else { return }
                    Screen.say("step \(step) of \(steps): loss \(Words.rounded(recent, digits: 4))")
                }
                let bytes = surrogate.encoded()
                do {
                    try Data(bytes).write(to: URL(filePath: out), options: .atomic)
                } catch {
                    throw CommandFailure(
                        code: ExitStatus.failed, message: "\(out) cannot be written: \(error.localizedDescription)")
                }
                Screen.say("saved \(bytes.count) bytes to \(out)")
            }
        }
    }
}
