import ArgumentParser
import Datasets
import Foundation

extension DatasetCommand {
    struct Synth: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a generated data set.",
            discussion: """
                Polyp-like images, or with --dims 3 volumes of an organ with a lesion in it (layout msd). Needs no server. The \
                same settings give the same files.

                Examples:
                  plateau dataset synth ./polyps --count 200 --size 64 --difficulty 0.5
                  plateau dataset synth ./organs --dims 3 --count 40 --size 32
                """)

        @Argument(help: "The folder to draw into; what is drawn there must not be there yet.") var folder: String
        @Option(help: "2 for images, 3 for volumes.") var dims = 2
        @Option(help: "Images or volumes. (default: 120, of volumes 40)") var count: Int?
        @Option(help: "Height and width in pixels, or about the side of a volume. (default: 64, of volumes 32)")
        var size: Int?
        @Option(help: "0 (easy) to 1 (hard).") var difficulty = 0.5
        @Option(help: "Another seed draws other images.") var seed: UInt64 = 0
        @Flag(help: "Print JSON.") var json = false

        private struct Drawn: Encodable {
            var path: String
            var layout: String
            var images: Int
            var size: Int
            var difficulty: Double
            var seed: UInt64
        }

        /// With their defaults.
        private var drawn: (count: Int, size: Int) { (count ?? (dims == 3 ? 40 : 120), size ?? (dims == 3 ? 32 : 64)) }

        func validate() throws {
            guard dims == 2 || dims == 3 else { throw ValidationError("--dims must be 2 or 3") }
            guard (1...100_000).contains(drawn.count) else { throw ValidationError("--count must be from 1 to 100000") }
            let sizes = dims == 3 ? 16...256 : 16...2048
            guard sizes.contains(drawn.size) else {
                throw ValidationError("--size must be from 16 to \(sizes.upperBound)")
            }
            guard (0...1).contains(difficulty) else { throw ValidationError("--difficulty must be from 0 to 1") }
        }

        func run() throws {
            try CommandFailure.reporting {
                let (count, size) = drawn
                let layout = dims == 3 ? DatasetLayout.msd : .imageMask
                do {
                    if dims == 3 {
                        try SyntheticVolumes(count: count, size: size, difficulty: difficulty, seed: seed).write(
                            to: folder)
                    } else {
                        try SyntheticDataset(
                            count: count, height: size, width: size, difficulty: difficulty, seed: seed
                        )
                        .write(to: folder)
                    }
                } catch {
                    throw CommandFailure(code: ExitStatus.failed, message: "\(error)")
                }
                if json {
                    let path = URL(filePath: folder).standardizedFileURL.path
                    return try JSONOutput.write(
                        Drawn(
                            path: path, layout: layout.rawValue, images: count, size: size, difficulty: difficulty,
                            seed: seed))
                }
                Screen.say(
                    dims == 3
                        ? "drew \(count) volumes of about \(size)×\(size)×\(size) into \(folder) (layout msd)"
                        : "drew \(count) images of \(size)×\(size) into \(folder)")
            }
        }
    }
}
