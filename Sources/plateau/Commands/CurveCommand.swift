import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau curve`
struct CurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve", abstract: "Show a run's learning curve, or import one from elsewhere.",
        subcommands: [Show.self, Import.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a run's learning curve.",
            discussion:
                "Examples:\n  plateau curve run_0123456789abcdef\n  plateau curve run_0123456789abcdef --csv > curve.csv"
        )

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "The run's id.") var id: String
        @Flag(help: "Print CSV.") var csv = false
        @Flag(help: "Print the server's JSON.") var json = false

        func validate() throws {
            guard !(csv && json) else { throw ValidationError("give either --csv or --json") }
        }

        func run() throws {
            try CommandFailure.reporting {
                let client = try connection.client()
                let target = "/v1/runs/\(APIClient.escape(id))/curve"
                let answer = try client.bytes(.get, target, headers: [.accept: csv ? "text/csv" : "application/json"])
                if json { return JSONOutput.write(answer) }
                if csv { return Screen.write(String(decoding: answer, as: UTF8.self)) }
                let points = try client.decode(CurveBody.self, answer).points
                guard let last = points.last else { return Screen.say("no epochs yet") }
                Screen.say("validation DSC by epoch, 1 to \(last.epoch)")
                Screen.say(CurvePlot.text(points.map(\.valDSC), width: max(20, Screen().size.columns - 10)))
                Screen.say(
                    "epoch \(last.epoch): train loss \(Words.dsc(last.trainLoss)), validation loss \(Words.dsc(last.valLoss)), "
                        + "validation DSC \(Words.dsc(last.valDSC))")
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have the server learn from the whole curve of a run trained elsewhere.",
            discussion: """
                A CSV file with a header line, val_dice or val_dsc (0 to 1), and where there are any epoch, train_loss and \
                val_loss; or a JSON file, as POST /v1/curves takes it. The surrogate is refined on it beside the runs of \
                the server.

                Examples:
                  plateau curve import fold0.csv --train-size 208 --depth 6 --dimensions 3
                  plateau curve import curve.json
                """)

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "The file.") var file: String
        @Option(help: "A name to show. (default: the file's)") var name: String?
        @Option(help: "Training images of its run, if known.") var trainSize: Int?
        @Option(help: "Levels of its network, if known.") var depth: Int?
        @Option(help: "2 or 3, if known.") var dimensions: Int?
        @Flag(help: "Print the server's JSON.") var json = false

        private var isJSON: Bool { file.lowercased().hasSuffix(".json") }

        func validate() throws {
            guard !isJSON || (name == nil && trainSize == nil && depth == nil && dimensions == nil) else {
                throw ValidationError("a JSON file says itself what is known of its run")
            }
        }

        func run() throws {
            try CommandFailure.reporting {
                let url = URL(filePath: file)
                let text = try CurveFile.text(at: url)
                var target = "/v1/curves"
                if !isJSON {
                    let query = [
                        ("name", name ?? url.lastPathComponent), ("size", trainSize.map(String.init)),
                        ("depth", depth.map(String.init)), ("dimensions", dimensions.map(String.init)),
                    ].compactMap { field, value in value.map { "\(field)=\(APIClient.escape($0))" } }
                    target += "?" + query.joined(separator: "&")
                }
                let answer = try connection.client().bytes(
                    .post, target, body: [UInt8](text.utf8),
                    headers: [.contentType: isJSON ? "application/json" : "text/csv"])
                if json { return JSONOutput.write(answer) }
                let curve = try JSONCoding.decoder().decode(ImportedCurveBody.self, from: Data(answer))
                Screen.say(
                    "imported \(curve.id): \(curve.epochs) epochs, final validation DSC \(Words.dsc(curve.finalValDSC))"
                )
            }
        }
    }
}
