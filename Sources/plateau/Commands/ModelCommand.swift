import ArgumentParser
import Foundation

/// `plateau model`
struct ModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model", abstract: "Take trained weights out of the server.", subcommands: [Export.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Save the weights of a run that has succeeded.",
            discussion: """
                Writes a safetensors file with MONAI's state-dict names; its metadata holds the arguments of MONAI's \
                UNet, how input is prepared, the data set's hash and the seed. The file is checked against the server's \
                SHA-256 and appears whole or not at all.

                Example:
                  plateau model export run_0123456789abcdef --output polyps.safetensors
                """)

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "The run's id.") var id: String
        @Option(help: "The file to write.") var output: String
        @Flag(help: "Overwrite a file that is there already.") var force = false
        @Flag(help: "Print JSON.") var json = false

        private struct Exported: Encodable {
            var run: String
            var path: String
            var bytes: Int
            var sha256: String
        }

        func run() throws {
            try CommandFailure.reporting {
                let path = URL(filePath: output).standardizedFileURL.path
                let saved = try ModelDownload(client: try connection.client(), run: id).save(to: path, force: force)
                if json {
                    return try JSONOutput.write(
                        Exported(run: id, path: path, bytes: saved.bytes, sha256: saved.sha256))
                }
                Screen.say("saved \(saved.bytes) bytes to \(output)\nsha256 \(saved.sha256)")
            }
        }
    }
}
