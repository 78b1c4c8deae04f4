import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau audit`
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who changed what, newest first (needs an admin token).",
        discussion: """
            Every change that was made over HTTP in the last year, and those that were refused for want of the right or \
            because the state did not allow them.

            Example:
              plateau audit --subject sw_0123456789abcdef
            """)

    @OptionGroup var connection: ConnectionOptions
    @Option(help: "Changes of this sweep, run, data set or token alone.") var subject: String?
    @Option(help: "Changes by this token alone; its id, as `plateau token list` shows it.") var by: String?
    @Option(help: "At most so many, 1 to 200.") var limit = 50
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard (1...200).contains(limit) else { throw ValidationError("--limit must be from 1 to 200") }
    }

    func run() throws {
        try CommandFailure.reporting {
            var target = "/v1/audit?limit=\(limit)"
            if let subject { target += "&subject=\(APIClient.escape(subject))" }
            if let by { target += "&token=\(APIClient.escape(by))" }
            let client = try connection.client()
            let bytes = try client.bytes(.get, target)
            if json { return JSONOutput.write(bytes) }
            var table = TextTable(["at", "token", "action", "subject", "outcome"])
            for change in try client.decode(Page<AuditBody>.self, bytes).items {
                table.add([
                    change.at.formatted(.iso8601), change.tokenName, change.action, change.subject ?? "–",
                    change.outcome,
                ])
            }
            Screen.say(table.text)
        }
    }
}
