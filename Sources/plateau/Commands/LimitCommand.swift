import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau limit`
struct LimitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit", abstract: "Give a sweep another deadline or other CPU-hours.",
        discussion: """
            A sweep is cancelled, finished or not, when its deadline has passed or its CPU-hours are used up. `plateau runs \
            --json` and GET /v1/sweeps/ID show what it has used.

            Examples:
              plateau limit sw_0123456789abcdef --deadline 2030-01-31T18:00:00Z
              plateau limit sw_0123456789abcdef --cpu-hours 120 --no-deadline
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id.") var sweep: String
    @Option(help: "When it is cancelled, such as 2030-01-31T18:00:00Z.") var deadline: DeadlineArgument?
    @Flag(help: "Take its deadline away.") var noDeadline = false
    @Option(help: "What its runs may take together: hours times threads.") var cpuHours: Double?
    @Flag(help: "Let it take any amount.") var noCpuHours = false
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
        guard deadline != nil || noDeadline || cpuHours != nil || noCpuHours else {
            throw ValidationError("give --deadline, --no-deadline, --cpu-hours or --no-cpu-hours")
        }
        guard deadline == nil || !noDeadline, cpuHours == nil || !noCpuHours else {
            throw ValidationError("give a limit or take it away, not both")
        }
        guard cpuHours?.isFinite ?? true else { throw ValidationError("--cpu-hours must be a finite number") }
    }

    func run() throws {
        try CommandFailure.reporting {
            var body: [String: Any] = [:]
            if let deadline { body["deadline"] = deadline.text } else if noDeadline { body["deadline"] = NSNull() }
            if let cpuHours { body["cpu_hours"] = cpuHours } else if noCpuHours { body["cpu_hours"] = NSNull() }
            let client = try connection.client()
            let answer = try client.bytes(
                .patch, "/v1/sweeps/\(APIClient.escape(sweep))",
                body: [UInt8](try JSONSerialization.data(withJSONObject: body)))
            if json { return JSONOutput.write(answer) }
            let changed = try client.decode(SweepBody.self, answer)
            let hours = changed.cpuHours.map { "\($0) CPU-hours" } ?? "any CPU-hours"
            let end = changed.deadline.map { "until \($0.formatted(.iso8601))" } ?? "without a deadline"
            Screen.say("\(sweep) now has \(hours), \(end)")
        }
    }
}
