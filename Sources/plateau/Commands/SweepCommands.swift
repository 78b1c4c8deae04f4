import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau watch`
struct WatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a sweep to its end.",
        discussion: """
            Shows a bar per run, the last validation DSC beside the forecast of the final one, and the time left. \
            Where standard output is no terminal, it prints a line for each run that ends and each tenth of the way. \
            Ctrl-C leaves the sweep running. Exits with 1 when a run failed or the sweep was cancelled.

            Examples:
              plateau watch sw_0123456789abcdef
              plateau watch sw_0123456789abcdef --json | jq .progress
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id.") var sweep: String
    @Flag(help: "Print the server's JSON of the sweep, one line whenever it has changed.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            try SweepWatch(client: try connection.client(), sweep: sweep, asJSON: json).run()
        }
    }
}

/// `plateau runs`
struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs of a sweep, or all sweeps.",
        discussion: """
            A test DSC with ~ is a forecast: the run was stopped early.

            Examples:
              plateau runs
              plateau runs sw_0123456789abcdef --state failed
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id; without it, sweeps are listed.") var sweep: String?
    @Option(help: "Only those in this state: queued, running, paused, succeeded, stopped_early, failed or cancelled.")
    var state: String?
    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let client = try connection.client()
            let filter = state.map { "?state=\(APIClient.escape($0))" } ?? ""
            guard let sweep else { return try listSweeps(client, filter) }
            let runs = try client.all(RunBody.self, "/v1/sweeps/\(APIClient.escape(sweep))/runs" + filter)
            if json { return try JSONOutput.write(runs) }
            var table = TextTable(["run", "size", "depth", "seed", "epochs", "val DSC", "test DSC", "state"])
            for run in runs {
                table.add([
                    run.id, "\(run.size)", "\(run.depth)", "\(run.seed)", "\(run.epochs.done)/\(run.epochs.total)",
                    Words.dsc(run.last?.valDSC), run.shownTestDSC,
                    run.shownState + ((run.reason ?? run.error?.message).map { ": \($0)" } ?? ""),
                ])
            }
            Screen.say(runs.isEmpty ? "no such runs" : table.text)
        }
    }

    private func listSweeps(_ client: APIClient, _ filter: String) throws {
        let sweeps = try client.all(SweepBody.self, "/v1/sweeps" + filter)
        if json { return try JSONOutput.write(sweeps) }
        var table = TextTable(["sweep", "data set", "runs", "done", "state", "priority", "name"])
        for sweep in sweeps {
            table.add([
                sweep.id, sweep.dataset.name, "\(sweep.runs.total)", Words.percent(sweep.progress), sweep.state,
                "\(sweep.priority)", sweep.name ?? "",
            ])
        }
        let nothing = state == nil ? "no sweeps yet: plateau submit DATASET --sizes … --depths …" : "no such sweeps"
        Screen.say(sweeps.isEmpty ? nothing : table.text)
    }
}

/// `plateau prioritize`
struct PrioritizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prioritize", abstract: "Have a sweep's runs trained sooner or later.",
        discussion: """
            Runs of a higher priority are claimed first, whoever submitted them. Runs in training go on. Among equal \
            priorities submitters take turns: first the one with the fewest runs in training, then the one whose runs \
            have trained the least in the last 24 hours.

            Examples:
              plateau prioritize sw_0123456789abcdef --to 10
              plateau prioritize sw_0123456789abcdef --to -10
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The sweep's id.") var sweep: String
    @Option(name: .customLong("to"), parsing: .unconditional, help: "From -100 to 100; sweeps begin with 0.")
    var priority: Int
    @Flag(help: "Print the server's JSON.") var json = false

    func run() throws {
        try CommandFailure.reporting {
            let body = try JSONSerialization.data(withJSONObject: ["priority": priority])
            let answer = try connection.client().bytes(
                .patch, "/v1/sweeps/\(APIClient.escape(sweep))", body: [UInt8](body))
            if json { JSONOutput.write(answer) } else { Screen.say("\(sweep) now has priority \(priority)") }
        }
    }
}
