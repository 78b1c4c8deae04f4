import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau curve`
struct CurveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curve", abstract: "Show a run's learning curve.",
        discussion:
            "Examples:\n  plateau curve run_0123456789abcdef\n  plateau curve run_0123456789abcdef --csv > curve.csv")

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
