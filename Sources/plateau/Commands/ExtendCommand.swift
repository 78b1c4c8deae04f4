import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau extend`
struct ExtendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extend", abstract: "Add sizes, depths, seeds or steps to a sweep, also to one that has ended.",
        discussion: """
            Every combination that the sweep does not have yet is trained, by the sweep's own recipe; what it has stays as it \
            is. Sent again, it adds nothing. An adaptive sweep chooses from what is added, and goes on with more steps.

            Examples:
              plateau extend sw_0123456789abcdef --seeds 1,2
              plateau extend sw_0123456789abcdef --sizes 640,800 --depths 6
              plateau extend sw_0123456789abcdef --max-steps 20000
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id.") var sweep: String
    @Option(help: "Numbers of training images to add, comma-separated.") var sizes: IntegerList?
    @Option(help: "Shares of the train pool instead, comma-separated.") var fractions: NumberList?
    @Option(help: "Levels of the network to add, comma-separated.") var depths: IntegerList?
    @Option(help: "Seeds to add, comma-separated.") var seeds: IntegerList?
    @Option(help: "For adaptive sweeps: optimizer steps of all runs together, more than it had.") var maxSteps: Int?
    @Flag(help: "Print the server's JSON.") var json = false

    func validate() throws {
        guard sizes == nil || fractions == nil else { throw ValidationError("give either --sizes or --fractions") }
        guard !fields.isEmpty else {
            throw ValidationError("give what to add: --sizes (or --fractions), --depths, --seeds or --max-steps")
        }
    }

    func run() throws {
        try CommandFailure.reporting {
            let client = try connection.client()
            let body = [UInt8](try JSONSerialization.data(withJSONObject: fields))
            let answer = try client.bytes(.post, "/v1/sweeps/\(APIClient.escape(sweep))/extend", body: body)
            if json { return JSONOutput.write(answer) }
            let runs = try client.decode(SweepBody.self, answer).runs
            Screen.say("\(sweep) has \(runs.total) runs now, \(runs.queued) of them queued")
        }
    }

    private var fields: [String: Any] {
        var fields: [String: Any] = [:]
        fields["sizes"] = sizes?.values
        fields["fractions"] = fractions?.values
        fields["depths"] = depths?.values
        fields["seeds"] = seeds?.values
        fields["max_steps"] = maxSteps
        return fields
    }
}
