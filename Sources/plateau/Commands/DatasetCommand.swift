import API
import ArgumentParser
import Datasets
import Foundation
import HTTPTypes

/// `plateau dataset`
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Register, list, show or generate data sets.",
        subcommands: [Add.self, List.self, Show.self, Synth.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a folder of images and masks.",
            discussion: """
                The folder holds images/ and masks/ with equal stems, JPEG or PNG, and optionally groups.csv (stem,group). \
                Every file is checked; bad ones are named.

                Example:
                  plateau dataset add kvasir /srv/images/kvasir-seg
                """)

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "Its name: lower-case letters, digits, '.', '_' and '-'.") var name: String
        @Argument(help: "The folder, as the server sees it.") var path: String
        @Option(help: "How it lies on disk.") var layout = "image-mask"
        @Option(help: "Seed of the split into train pool, validation and test.") var splitSeed: Int?
        @Flag(help: "Leave bad files out instead of refusing the data set.") var excludeBad = false
        @Flag(help: "Print the server's JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                var body: [String: Any] = [
                    "name": name, "path": URL(filePath: path).standardizedFileURL.path, "layout": layout,
                    "exclude_bad": excludeBad,
                ]
                if let splitSeed { body["split"] = ["seed": splitSeed] }
                // The server reads every file before it answers.
                let client = try connection.client(patienceSeconds: 3600)
                let answer = try client.bytes(
                    .post, "/v1/datasets", body: [UInt8](JSONSerialization.data(withJSONObject: body)))
                try DatasetCommand.show(answer, json: json, client)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the registered data sets.",
            discussion: "Example:\n  plateau dataset list --json | jq '.[].name'")

        @OptionGroup var connection: ConnectionOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                let items = try connection.client().all(DatasetBody.self, "/v1/datasets")
                if json { return try JSONOutput.write(items) }
                var table = TextTable(["name", "images", "train", "validation", "test", "problems", "path"])
                for item in items {
                    table.add([
                        item.name, "\(item.cases.total)", "\(item.cases.train)", "\(item.cases.validation)",
                        "\(item.cases.test)", "\(item.problemCount)", item.path,
                    ])
                }
                Screen.say(items.isEmpty ? "no data sets yet: plateau dataset add NAME FOLDER" : table.text)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one data set.", discussion: "Example:\n  plateau dataset show kvasir")

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "Name or id.") var dataset: String
        @Flag(help: "Print the server's JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                let client = try connection.client()
                try DatasetCommand.show(
                    try client.bytes(.get, "/v1/datasets/\(APIClient.escape(dataset))"), json: json, client)
            }
        }
    }

    struct Synth: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a generated data set of polyp-like images.",
            discussion: """
                Needs no server. The same settings give the same files.

                Example:
                  plateau dataset synth ./polyps --count 200 --size 64 --difficulty 0.5
                """)

        @Argument(help: "The folder to draw into; images/ and masks/ in it must be empty or missing.") var folder:
            String
        @Option(help: "Images.") var count = 120
        @Option(help: "Height and width in pixels.") var size = 64
        @Option(help: "0 (easy) to 1 (hard).") var difficulty = 0.5
        @Option(help: "Another seed draws other images.") var seed: UInt64 = 0
        @Flag(help: "Print JSON.") var json = false

        private struct Drawn: Encodable {
            var path: String
            var images: Int
            var size: Int
            var difficulty: Double
            var seed: UInt64
        }

        func validate() throws {
            guard (1...100_000).contains(count) else { throw ValidationError("--count must be from 1 to 100000") }
            guard (16...2048).contains(size) else { throw ValidationError("--size must be from 16 to 2048") }
            guard (0...1).contains(difficulty) else { throw ValidationError("--difficulty must be from 0 to 1") }
        }

        func run() throws {
            try CommandFailure.reporting {
                do {
                    try SyntheticDataset(count: count, height: size, width: size, difficulty: difficulty, seed: seed)
                        .write(to: folder)
                } catch {
                    throw CommandFailure(code: ExitStatus.failed, message: "\(error)")
                }
                if json {
                    let path = URL(filePath: folder).standardizedFileURL.path
                    return try JSONOutput.write(
                        Drawn(path: path, images: count, size: size, difficulty: difficulty, seed: seed))
                }
                Screen.say("drew \(count) images of \(size)×\(size) into \(folder)")
            }
        }
    }

    private static func show(_ bytes: [UInt8], json: Bool, _ client: APIClient) throws {
        if json { return JSONOutput.write(bytes) }
        let item = try client.decode(DatasetBody.self, bytes)
        Screen.say(
            """
            \(item.name.onOneLine) (\(item.id.onOneLine))
              \(item.cases.total) images in \(item.groups) groups: \(item.cases.train) train pool, \
            \(item.cases.validation) validation, \(item.cases.test) test
              \(item.smallest.map(String.init).joined(separator: "×")) to \
            \(item.largest.map(String.init).joined(separator: "×")) pixels, \(item.channels) channels, \
            foreground \(Words.percent(item.meanForeground))
              \(item.path.onOneLine)
              data hash \(item.dataHash)
            """)
        if item.problemCount > 0 { Screen.say("  \(item.problemCount) files left out:") }
        for problem in item.problems.prefix(20) {
            Screen.say("    \(problem.file.onOneLine): \(problem.detail.onOneLine)")
        }
        if item.problems.count > 20 { Screen.say("    … and \(item.problems.count - 20) more; --json has them") }
    }
}
