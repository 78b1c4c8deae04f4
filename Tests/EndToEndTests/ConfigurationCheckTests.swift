import Foundation
import TestSupport
import Testing

/// `plateau serve --check-config`
@Suite struct ConfigurationCheckTests {
    @Test func theEffectiveConfigurationIsShownAndNothingStarted() throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "plateau.json").path
        let data = folder.url.appending(path: "var").path
        try Data(#"{"data_dir": "\#(data)", "workers": 1, "rate_limit": 7}"#.utf8).write(to: URL(filePath: file))
        func check(_ arguments: String..., environment: [String: String] = [:]) throws -> CommandResult {
            try CommandResult.of(
                ServerProcess.binary.path, ["serve", "--check-config"] + arguments, environment: environment)
        }
        let good = try check(
            "--config", file, "--log-level", "debug", "--set", "http_backlog=9",
            environment: ["PLATEAU_WORKERS": "3", "PLATEAU_TOKEN": "secret"])
        #expect(good.status == 0, "\(good.errors)")
        let lines = good.output.split(separator: "\n").map { $0.replacing(/\s+=/, with: " =") }
        #expect(lines.contains("workers = 3  (PLATEAU_WORKERS)"))
        #expect(lines.contains("data_dir = \(data)  (\"data_dir\" in \(file))"))
        #expect(lines.contains("rate_limit = 7  (\"rate_limit\" in \(file))"))
        #expect(lines.contains("log_level = debug  (--log-level)"))
        #expect(lines.contains("http_backlog = 9  (--set http_backlog=)"))
        #expect(lines.contains("lease_seconds = 20.0  (default)"))
        #expect(!FileManager.default.fileExists(atPath: data))

        let misspelt = try check("--set", "http_backlogs=9")
        #expect(misspelt.status == 1 && misspelt.errors.contains("did you mean http_backlog?"))
        try Data(#"{"worker": 1}"#.utf8).write(to: URL(filePath: file))
        let wrong = try check(environment: ["PLATEAU_CONFIG": file])
        #expect(wrong.status == 1 && wrong.errors.contains(#"did you mean "workers"?"#))
        let missing = try check("--data-root", folder.url.path + "/none", "--tls-cert", folder.url.path + "/none.pem")
        #expect(missing.status == 1 && missing.errors.contains("is no folder") && missing.errors.contains("none.pem"))
    }
}
