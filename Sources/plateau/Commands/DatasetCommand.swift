import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau dataset`
struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Register, list, show or generate data sets.",
        subcommands: [Add.self, List.self, Show.self, Synth.self])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a folder of images and masks, or of volumes and labels.",
            discussion: """
                Layouts:
                  image-mask  images/ and masks/ with equal stems, JPEG or PNG
                  msd         Medical Segmentation Decathlon: dataset.json, imagesTr/, labelsTr/; NIfTI
                  nnunet      imagesTr/CASE_0000.nii.gz, a file a channel, and labelsTr/CASE.nii.gz
                  brats       BraTS 2020: a folder a case with *_flair, *_t1, *_t1ce, *_t2, *_seg; NIfTI

                groups.csv (stem,group) keeps the cases of a patient together. Every file is checked; bad ones are named.

                Examples:
                  plateau dataset add kvasir /srv/images/kvasir-seg
                  plateau dataset add hippocampus /srv/images/Task04_Hippocampus --layout msd
                """)

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "Its name: lower-case letters, digits, '.', '_' and '-'.") var name: String
        @Argument(help: "The folder, as the server sees it.") var path: String
        @Option(help: "How it lies on disk: image-mask, msd, nnunet or brats.") var layout = "image-mask"
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
                var table = TextTable(["name", "cases", "train", "validation", "test", "problems", "path"])
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

    private static func show(_ bytes: [UInt8], json: Bool, _ client: APIClient) throws {
        if json { return JSONOutput.write(bytes) }
        let item = try client.decode(DatasetBody.self, bytes)
        Screen.say(DatasetText(item).text)
    }
}
