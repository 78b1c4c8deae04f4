import ArgumentParser
import NeuralNets

/// `plateau bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure how fast this machine trains.", subcommands: [UNet.self])

    struct UNet: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "unet",
            abstract: "Train a residual U-Net on random data for a while and say how fast.",
            discussion: """
                A step is forward, loss, backward and Adam, on 3 channels to 1 in 2D and on 4 to 3 in 3D. GFLOP/s counts \
                the convolutions alone: two operations for each multiply-add of the forward pass, times three, since the \
                backward pass has two products as large. Memory is the most that the process had resident.

                Examples:
                  plateau bench unet --dims 2 --depth 5 --size 128,128 --batch 16
                  plateau bench unet --dims 3 --depth 4 --size 32,48,32 --batch 4 --threads 1 --json
                """)

        enum Arithmetic: String, CaseIterable, ExpressibleByArgument { case fp32, bf16 }

        enum Norm: String, CaseIterable, ExpressibleByArgument { case batch, instance }

        @Option(help: "2 for images, 3 for volumes.") var dims: Int
        @Option(help: "Levels of the network.") var depth: Int
        @Option(help: "H,W or H,W,D.") var size: IntegerList
        @Option(help: "Images per step.") var batch: Int
        @Option(help: "Threads to train with.") var threads = 2
        @Option(help: "How long to measure.") var seconds = 5.0
        @Option(help: "Seconds to train before that.") var warmUp = 1.0
        @Option(help: "'fp32', or 'bf16' where the processor has it.") var precision = Arithmetic.fp32
        @Option(help: "Normalization.") var norm = Norm.batch
        @Option(help: "'portable', 'avx2' or 'avx512'. (default: the widest that the machine has)") var simd: String?
        @Flag(help: "Print JSON.") var json = false

        func validate() throws {
            guard dims == 2 || dims == 3 else { throw ValidationError("--dims must be 2 or 3") }
            guard size.values.count == dims, size.values.allSatisfy({ (1...8192).contains($0) }) else {
                throw ValidationError("--size must be \(dims) numbers from 1 to 8192, such as 128,128")
            }
            guard (2...16).contains(depth) else { throw ValidationError("--depth must be from 2 to 16") }
            guard (1...1024).contains(batch) else { throw ValidationError("--batch must be from 1 to 1024") }
            guard (1...256).contains(threads) else { throw ValidationError("--threads must be from 1 to 256") }
            guard (0...3600).contains(seconds), (0...3600).contains(warmUp) else {
                throw ValidationError("--seconds and --warm-up must be from 0 to 3600")
            }
            guard simd == nil || instructions != nil else {
                throw ValidationError(
                    "--simd must be \(Instructions.allCases.map(\.rawValue).joined(separator: ", ")); got \(simd ?? "")"
                )
            }
        }

        private var arithmetic: Precision { precision == .bf16 ? .bf16 : .fp32 }

        private var instructions: Instructions? { simd.flatMap(Instructions.init) }

        /// As the network has them: depth first.
        private var axes: [Int] { dims == 3 ? [size.values[2], size.values[0], size.values[1]] : size.values }

        func run() throws {
            if let instructions, !instructions.isAvailable {
                Screen.complain("plateau: this machine has no \(instructions.rawValue)")
                throw ExitCode(ExitStatus.failed)
            }
            guard arithmetic.isAvailable else {
                Screen.complain("plateau: this machine can't multiply in \(precision.rawValue)")
                throw ExitCode(ExitStatus.failed)
            }
            try CommandFailure.reporting {
                let result: UNetBenchmark
                do {
                    result = try UNetBenchmark(
                        workload: UNetWorkload(
                            layers: depth, size: axes, batch: batch, threads: threads,
                            normalization: norm == .batch ? .batch : .instance, instructions: instructions,
                            precision: arithmetic),
                        warmUpSeconds: warmUp, seconds: seconds)
                } catch let error as NeuralNetsError {
                    throw CommandFailure(code: ExitStatus.failed, message: "\(error)")
                }
                if json { return try JSONOutput.write(result) }
                Screen.say(result.text)
            }
        }
    }
}
