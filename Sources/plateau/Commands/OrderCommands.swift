import API
import ArgumentParser
import HTTPTypes

/// `plateau pause`
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Hold a sweep back, or one run.",
        discussion: """
            What waits in the queue is paused at once. The worker of a run in training finishes its step, saves a checkpoint \
            and takes other work; `plateau resume` lets the run go on from there, to the same result.

            Examples:
              plateau pause sw_0123456789abcdef
              plateau pause run_0123456789abcdef
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "A sweep's or a run's id.") var id: String
    @Flag(help: "Print the server's JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let client = try connection.client()
            let answer = try client.order("pause", of: id)
            if json { return JSONOutput.write(answer) }
            if let sweep = try? client.decode(SweepBody.self, answer), sweep.runs.running > 0 {
                Screen.say("paused \(id); of its runs \(sweep.runs.running) are in training until the end of a step")
            } else if let run = try? client.decode(RunBody.self, answer), run.state == "running" {
                Screen.say("\(id) is in training; it is paused at the end of a step")
            } else {
                Screen.say("paused \(id)")
            }
        }
    }
}

/// `plateau resume`
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused sweep go on, or one run.",
        discussion: """
            Runs have their old places in the queue again. Those of a sweep that were paused one by one stay paused.

            Examples:
              plateau resume sw_0123456789abcdef
              plateau resume run_0123456789abcdef
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "A sweep's or a run's id.") var id: String
    @Flag(help: "Print the server's JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let answer = try connection.client().order("resume", of: id)
            if json { JSONOutput.write(answer) } else { Screen.say("resumed \(id)") }
        }
    }
}

/// `plateau rerun`
struct RerunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Run again what has failed: the failed runs of a sweep, or one run.",
        discussion: """
            Runs that have succeeded keep their results; a sweep that had ended goes on.

            Examples:
              plateau rerun sw_0123456789abcdef
              plateau rerun run_0123456789abcdef
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "A sweep's or a run's id.") var id: String
    @Flag(help: "Print the server's JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let answer = try connection.client().order("rerun", of: id)
            if json { JSONOutput.write(answer) } else { Screen.say("queued again: \(id)") }
        }
    }
}

/// `plateau cancel`
struct CancelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a sweep, or one run.",
        discussion: "Examples:\n  plateau cancel sw_0123456789abcdef\n  plateau cancel run_0123456789abcdef")

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "A sweep's or a run's id.") var id: String
    @Flag(help: "Print the server's JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let answer = try connection.client().order("cancel", of: id)
            if json { JSONOutput.write(answer) } else { Screen.say("cancelled \(id)") }
        }
    }
}
