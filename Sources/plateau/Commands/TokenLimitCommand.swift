import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau token limit`
struct TokenLimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Let a token ask for more, or for less.",
        discussion: """
            What it has asked for already stays.

            Examples:
              plateau token limit tok_0123456789abcdef --cpu-hours 120
              plateau token limit tok_0123456789abcdef --no-max-queued-runs
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The token's id, as the list shows it.") var id: String
    @Option(help: "Runs of its sweeps that may wait at a time.") var maxQueuedRuns: Int?
    @Flag(help: "Let any number of them wait.") var noMaxQueuedRuns = false
    @Option(help: "CPU-hours of its sweeps after which it can submit no more.") var cpuHours: Double?
    @Flag(help: "Let them take any amount.") var noCpuHours = false
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
        guard maxQueuedRuns != nil || noMaxQueuedRuns || cpuHours != nil || noCpuHours else {
            throw ValidationError("give --max-queued-runs, --no-max-queued-runs, --cpu-hours or --no-cpu-hours")
        }
        guard maxQueuedRuns == nil || !noMaxQueuedRuns, cpuHours == nil || !noCpuHours else {
            throw ValidationError("give a limit or take it away, not both")
        }
        guard cpuHours?.isFinite ?? true else { throw ValidationError("--cpu-hours must be a finite number") }
    }

    func run() throws {
        try CommandFailure.reporting {
            var body: [String: Any] = [:]
            if let maxQueuedRuns {
                body["max_queued_runs"] = maxQueuedRuns
            } else if noMaxQueuedRuns {
                body["max_queued_runs"] = NSNull()
            }
            if let cpuHours { body["cpu_hours"] = cpuHours } else if noCpuHours { body["cpu_hours"] = NSNull() }
            let client = try connection.client()
            let answer = try client.bytes(
                .patch, "/v1/tokens/\(APIClient.escape(id))",
                body: [UInt8](try JSONSerialization.data(withJSONObject: body)))
            if json { return JSONOutput.write(answer) }
            let token = try client.decode(TokenBody.self, answer)
            let runs = token.maxQueuedRuns.map { "\($0) runs waiting" } ?? "any number of runs waiting"
            Screen.say("\(token.name) may now have \(runs), and \(token.cpuHours.map { "\($0)" } ?? "any") CPU-hours")
        }
    }
}
