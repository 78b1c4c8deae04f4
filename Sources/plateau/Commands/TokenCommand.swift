import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau token`
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list, limit or revoke tokens (needs an admin token).",
        subcommands: [Create.self, List.self, TokenLimitCommand.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a token and print it: it is shown this once.",
            discussion: """
                Roles: reader (looks), submitter (also registers, submits and cancels), worker (trains), admin (all).

                Example:
                  plateau token create dashboard --role reader --expires-in-days 365
                  plateau token create student --role submitter --max-queued-runs 200 --cpu-hours 50
                """)

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "Whose it is, for the list.") var name: String
        @Option(help: "reader, submitter, worker or admin.", transform: TokenCommand.parseRole) var role: Role
        @Option(help: "Days until it ends. (default: never)") var expiresInDays: Int?
        @Option(help: "Runs of its sweeps that may wait at a time. (default: any number)") var maxQueuedRuns: Int?
        @Option(help: "CPU-hours of its sweeps after which it can submit no more. (default: any)") var cpuHours: Double?
        @Flag(help: "Print the server's JSON.") var json = false

        func validate() throws {
            guard cpuHours?.isFinite ?? true else { throw ValidationError("--cpu-hours must be a finite number") }
        }

        func run() throws {
            try CommandFailure.reporting {
                var body: [String: Any] = ["name": name, "role": role.rawValue]
                body["expires_in_days"] = expiresInDays
                body["max_queued_runs"] = maxQueuedRuns
                body["cpu_hours"] = cpuHours
                let client = try connection.client()
                let answer = try client.bytes(
                    .post, "/v1/tokens", body: [UInt8](try JSONSerialization.data(withJSONObject: body)))
                if json { return JSONOutput.write(answer) }
                Screen.say(try client.decode(TokenBody.self, answer).token ?? "")
            }
        }
    }

    @Sendable private static func parseRole(_ text: String) throws -> Role {
        guard let role = Role(rawValue: text) else {
            throw ValidationError("the role must be one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return role
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List tokens, without their secrets.", discussion: "Example:\n  plateau token list")

        @OptionGroup var connection: ConnectionOptions
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                let tokens = try connection.client().all(TokenBody.self, "/v1/tokens")
                if json { return try JSONOutput.write(tokens) }
                var table = TextTable(["token", "name", "role", "last used", "ends", "state"])
                for token in tokens {
                    let isPast = token.expiresAt.map { $0 < Date() } ?? false
                    table.add([
                        token.id, token.name, token.role.rawValue,
                        token.lastUsedAt.map { $0.formatted(.iso8601) } ?? "never",
                        token.expiresAt.map { $0.formatted(.iso8601) } ?? "never",
                        token.revokedAt != nil ? "revoked" : isPast ? "expired" : "valid",
                    ])
                }
                Screen.say(table.text)
            }
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a token at once.", discussion: "Example:\n  plateau token revoke tok_0123456789abcdef")

        @OptionGroup var connection: ConnectionOptions
        @Argument(help: "The token's id, as the list shows it.") var id: String
        @Flag(help: "Print JSON.") var json = false

        private struct Revoked: Encodable {
            var id: String
            var revoked = true
        }

        func run() throws {
            try CommandFailure.reporting {
                _ = try connection.client().bytes(.delete, "/v1/tokens/\(APIClient.escape(id))")
                if json { return try JSONOutput.write(Revoked(id: id)) }
                Screen.say("revoked \(id)")
            }
        }
    }
}
