import API
import ArgumentParser
import Foundation
import HTTPTypes
import LearningCurves

/// `plateau forecast`
struct ForecastCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forecast", abstract: "Forecast a run's final validation DSC from its curve so far.",
        discussion: """
            Of a run of the server, by its id; or of a curve from elsewhere, which needs no server: a CSV file with a \
            header line, val_dice or val_dsc (0 to 1), and where there are any epoch, train_loss and val_loss.

            Examples:
              plateau forecast run_0123456789abcdef
              plateau forecast --curve curve.csv --total-epochs 200
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The run's id.") var id: String?
    @Option(help: "A CSV file with the curve so far.") var curve: String?
    @Option(help: "Epochs that the curve's run will have in all.") var totalEpochs: Int?
    @Option(help: "Training images of the curve's run, if known.") var trainSize: Int?
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (id == nil) != (curve == nil) else { throw ValidationError("give either a run's id or --curve") }
        guard (curve == nil) == (totalEpochs == nil) else {
            throw ValidationError("--curve and --total-epochs go together")
        }
        guard trainSize == nil || curve != nil else { throw ValidationError("--train-size goes with --curve") }
    }

    func run() throws {
        try CommandFailure.reporting {
            if let curve, let totalEpochs {
                let forecast = try Self.forecast(
                    ofCurve: curve, RunContext(totalEpochs: totalEpochs, size: trainSize))
                return json ? try JSONOutput.write(forecast) : Self.say(forecast)
            }
            let client = try connection.client()
            let answer = try client.bytes(.get, "/v1/runs/\(APIClient.escape(id ?? ""))/forecast")
            if json { return JSONOutput.write(answer) }
            Self.say(try client.decode(ForecastBody.self, answer))
        }
    }

    private static func forecast(ofCurve file: String, _ context: RunContext) throws -> ForecastBody {
        let points = try CurveFile(at: URL(filePath: file)).points
        do {
            let forecast = try Forecaster(surrogate: .shipped).forecast(points, context: context)
            return ForecastBody(forecast, lastValDSC: points[points.count - 1].valDSC)
        } catch let error as LearningCurvesError {
            throw CommandFailure(code: ExitStatus.failed, message: "\(file): \(error)")
        }
    }

    private static func say(_ forecast: ForecastBody) {
        let value = { Words.dsc(forecast.quantiles[$0]) }
        if forecast.final { return Screen.say("finished: final validation DSC \(value("0.5"))") }
        Screen.say(
            "final validation DSC \(value("0.5")), between \(value("0.05")) and \(value("0.95")) with 90 % probability")
        Screen.say(
            "after \(forecast.epochsSeen) of \(forecast.epochsTotal) epochs (now \(Words.dsc(forecast.lastValDSC))), by "
                + forecast.method.replacing("_", with: " ") + (forecast.modelVersion.map { " \($0)" } ?? ""))
    }
}
