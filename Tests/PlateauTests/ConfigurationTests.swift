import API
import ArgumentParser
import Foundation
import HTTP
import Logging
import TestSupport
import Testing

@testable import plateau

/// Flags, environment and file: which of them wins, and what is said of mistakes.
@Suite struct ConfigurationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ json: String) throws -> SettingSource {
        let url = folder.url.appending(path: "plateau.json")
        try Data(json.utf8).write(to: url)
        return try .file(url.path)
    }

    private func refusal(_ json: String) -> String {
        do {
            let source = try file(json)
            _ = try ServerOptions(SettingsReader([source]), cores: 4)
            return ""
        } catch let error as ValidationError {
            return error.message
        } catch {
            return "another error: \(error)"
        }
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
        let file = try file(#"{"workers": 1, "threads_per_worker": 1, "log_level": "debug", "data_dir": "/file"}"#)
        let reader = SettingsReader([
            .flags(["workers": ["3"]]),
            try .environment(["PLATEAU_WORKERS": "2", "PLATEAU_THREADS_PER_WORKER": "2", "PLATEAU_SERVER": "http://x"]),
            file,
        ])
        let options = try ServerOptions(reader, cores: 4)
        #expect(options.workers == 3 && options.threadsPerWorker == 2)
        #expect(options.logLevel == .debug && options.dataDirectory == "/file" && options.leaseSeconds == 20)
        let origins = Dictionary(uniqueKeysWithValues: reader.lines.map { ($0.key, $0.origin) })
        #expect(origins["workers"] == "--workers" && origins["threads_per_worker"] == "PLATEAU_THREADS_PER_WORKER")
        #expect(origins["log_level"]?.hasSuffix("plateau.json") == true && origins["lease_seconds"] == "default")
        // Each setting is read once, whether or not anyone has set it.
        #expect(reader.lines.map(\.key).sorted() == Setting.all.map(\.key).sorted())
    }

    @Test func everySettingCanBeInTheFile() throws {
        var object: [String: Any] = [
            "data_dir": "/d", "listen": ["127.0.0.1:1", "unix:/s"], "tls_cert": "/c.pem", "tls_key": "/k.pem",
            "tls_client_ca": "/ca.pem", "tls_client_optional": true, "socket_mode": "660", "insecure_listen": false,
            "workers": 2, "threads_per_worker": 3, "data_roots": ["/a", "/b"], "rate_limit": 12.5,
            "cors_origins": "https://a.example", "lease_seconds": 30, "log_level": "error", "log_format": "json",
        ]
        for setting in HTTPSetting.all {
            switch setting.property {
            case .count(_, let range): object[setting.key] = range.lowerBound
            case .seconds(_, let range): object[setting.key] = range.upperBound
            }
        }
        #expect(Set(object.keys) == Set(Setting.byKey.keys))
        let json = String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
        let reader = SettingsReader([try file(json)])
        let options = try ServerOptions(reader, cores: 4)
        #expect(options.http.endpoints.count == 2 && options.dataRoots == ["/a", "/b"] && options.leaseSeconds == 30)
        #expect(options.logLevel == .error && options.logFormat == .json)
        #expect(options.rateLimit?.requestsPerSecond == 12.5 && options.crossOrigin.origins == ["https://a.example"])
        #expect(options.http.limits.bodyBytes == 1 << 20 && options.http.timeouts.headSeconds == 86_400)
        #expect(options.http.tls?.clientCertificates == .requested(caFile: "/ca.pem"))
        #expect(reader.lines.allSatisfy { $0.origin != "default" })
    }

    @Test func everySettingHasAFlagOfServe() throws {
        let help = Plateau.helpMessage(for: ServeCommand.self)
        for setting in Setting.all {
            #expect(help.contains(setting.flag.prefix { $0 != " " }), "\(setting.flag)")
        }
    }

    @Test(arguments: [
        (#"{"worker": 2}"#, #"there is no setting "worker"; did you mean "workers"?"#),
        (#"{"log-level": "info"}"#, #"did you mean "log_level"?"#),
        (#"{"colour": 1}"#, "plateau serve --check-config lists all there are"),
        (#"{"worker": 2, "listen": 7}"#, #""listen" must be a list of texts; there is no setting "worker""#),
        (#"{"workers": "two"}"#, #""workers" must be a number"#),
        (#"{"workers": 500}"#, "must be a number from 0 to 256; got 500"),
        (#"{"workers": 1.5}"#, "must be a number from 0 to 256; got 1.5"),
        (#"{"tls_client_optional": 1}"#, #""tls_client_optional" must be true or false"#),
        (#"{"workers": 2,}x"#, "is not valid JSON"),
        (#"[1, 2]"#, "must be a JSON object"),
        (#"{"workers": {"a": 1}}"#, "must be a JSON object whose values"),
    ])
    func mistakesAreNamed(json: String, complaint: String) {
        let message = refusal(json)
        #expect(message.contains(complaint), "\(message)")
        #expect(message.contains("plateau.json"))
    }

    @Test func whereAWrongValueStandsIsSaid() throws {
        let reader = SettingsReader([.flags([:]), try .environment(["PLATEAU_WORKERS": "many"])])
        let error = #expect(throws: ValidationError.self) { try ServerOptions(reader, cores: 4) }
        #expect(error?.message.hasPrefix("PLATEAU_WORKERS must be") == true)
        #expect(throws: ValidationError.self) { try SettingSource.file(folder.url.path + "/none.json") }
    }

    @Test(arguments: [
        ("PLATEAU_HTTP_CONNECTION", "PLATEAU_HTTP_CONNECTIONS"), ("PLATEAU_DATA_ROOT", "PLATEAU_DATA_ROOTS"),
        ("PLATEAU_WORKRES", "PLATEAU_WORKERS"),
    ])
    func misspeltVariablesAreTold(name: String, meant: String) {
        let error = #expect(throws: ValidationError.self) { try SettingSource.environment([name: "1"]) }
        #expect(error?.message.contains("did you mean \(meant)?") == true)
    }

    @Test func variablesOfOtherCommandsAreLeftToThem() throws {
        let names = ["SERVER", "TOKEN", "CA_FILE", "CLIENT_CERT", "CLIENT_KEY", "CONFIG"].map { ("PLATEAU_" + $0, "x") }
        #expect(try SettingSource.environment(Dictionary(uniqueKeysWithValues: names)).values.isEmpty)
    }
}
