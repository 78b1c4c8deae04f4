import API
import ArgumentParser
import Foundation
import HTTPTypes
import LearningCurves

/// `plateau estimate`
struct EstimateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate", abstract: "Say how many images a task needs.",
        discussion: """
            Of a sweep of the server, by its id; or of numbers from elsewhere, which needs no server: a CSV file with a \
            header line, n (training images), dsc (0 to 1), and where there are any sd (the number's own standard error), \
            seed and depth; or the JSON that POST /v1/estimates takes, whose questions those on the command line replace.

            Examples:
              plateau estimate sw_0123456789abcdef --target-dsc 0.7
              plateau estimate --points isic.csv --target-dsc 0.88 --at-n 3000
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id.") var sweep: String?
    @Option(help: "A CSV or JSON file with the DSC at several training-set sizes.") var points: String?
    @Option(help: "Also say how many images reach this DSC.") var targetDsc: Double?
    @Option(help: "A gain below this counts as none. (default: 0.01)") var delta: Double?
    @Option(help: "Of the answer's intervals. (default: 0.9)") var confidence: Double?
    @Option(name: .customLong("at-n"), help: "Also say which DSC so many images are expected to reach.") var atN: Int?
    @Option(name: .customLong("max-n"), help: "The most images there can ever be; goes with --points.") var maxN: Int?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (sweep == nil) != (points == nil) else { throw ValidationError("give either a sweep's id or --points") }
        guard maxN == nil || points != nil else { throw ValidationError("--max-n goes with --points") }
    }

    func run() throws {
        try CommandFailure.reporting {
            if let points {
                let estimate = try estimate(ofPoints: points)
                return json ? try JSONOutput.write(estimate) : Screen.say(EstimateText.text(estimate))
            }
            let client = try connection.client()
            let numbers = [("target_dsc", targetDsc), ("delta", delta), ("confidence", confidence)]
                .compactMap { name, value in value.map { "\(name)=\($0)" } }
            let query = (numbers + (atN.map { ["at_n=\($0)"] } ?? [])).joined(separator: "&")
            let answer = try client.bytes(
                .get, "/v1/sweeps/\(APIClient.escape(sweep ?? ""))/estimate" + (query.isEmpty ? "" : "?" + query))
            if json { return JSONOutput.write(answer) }
            Screen.say(EstimateText.text(try client.decode(EstimateBody.self, answer)))
        }
    }

    func estimate(ofPoints file: String) throws -> EstimateBody {
        let url = URL(filePath: file)
        do {
            let text = try CurveFile.text(at: url)
            var request =
                text.first { !$0.isWhitespace } == "{"
                ? try EstimateRequest(json: Array(text.utf8))
                : EstimateRequest(points: try SizePointsFile(at: url).observations)
            if let targetDsc { request.query.targetDSC = targetDsc }
            if let delta { request.query.delta = delta }
            if let confidence { request.query.confidence = confidence }
            if let atN { request.query.atN = atN }
            if let maxN { request.query.maxN = maxN }
            return try request.answer()
        } catch let problem as Problem {
            let lines = [problem.detail] + problem.errors.dropFirst().map { "  \($0.pointer) \($0.detail)" }
            throw CommandFailure(code: ExitStatus.failed, message: "\(file): \(lines.joined(separator: "\n"))")
        } catch let error as LearningCurvesError {
            throw CommandFailure(code: ExitStatus.failed, message: "\(file): \(error)")
        }
    }
}
