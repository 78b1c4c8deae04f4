import ArgumentParser

@main
struct Plateau: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "plateau",
        abstract: "Tells a biomedical imaging lab how many annotated images its segmentation task needs.",
        discussion: """
            Start with `plateau serve`, register images with `plateau dataset add`, submit a sweep with `plateau submit`, \
            follow it with `plateau watch` and ask for the answer with `plateau estimate`.

            Exit codes:
              0    done
              1    it failed: a run, a sweep that was cancelled, a file, the start
              3    the server cannot be reached
              4    the server refused the request
              5    the server failed
              6    the database is damaged, or a newer version of plateau wrote it
              64   the command line is wrong
              130  stopped with Ctrl-C, but for `serve` and `work`, which end with 0
            """,
        version: version,
        subcommands: [
            ServeCommand.self, WorkCommand.self, DatasetCommand.self, SubmitCommand.self, WatchCommand.self,
            RunsCommand.self, CurveCommand.self, ForecastCommand.self, EstimateCommand.self,
            ExtendCommand.self, PrioritizeCommand.self, LimitCommand.self, PauseCommand.self, ResumeCommand.self,
            RerunCommand.self, CancelCommand.self, ModelCommand.self, TokenCommand.self, SurrogateCommand.self,
            EvaluateCommand.self,
            AuditCommand.self, BackupCommand.self, RestoreCommand.self, DoctorCommand.self, BenchCommand.self,
        ])
}
