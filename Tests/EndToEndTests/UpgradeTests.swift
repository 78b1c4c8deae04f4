import Foundation
import Locks
import TestSupport
import Testing

/// The server is stopped and another takes over, as `systemctl restart` after an upgrade has it: no run is lost, and no
/// more than an unfinished step of any.
@Suite struct UpgradeTests {
    private let folder: TemporaryFolder
    private let directory: URL

    init() throws {
        folder = try TemporaryFolder()
        directory = folder.url.appending(path: "var")
    }

    private static func step(_ line: String) -> Int? {
        guard line.hasSuffix("[Worker] step") else { return nil }
        return line.firstMatch(of: /\bstep=(\d+)/).flatMap { Int($0.output.1) }
    }

    @Test(.timeLimit(.minutes(5))) func theServersOwnWorkersGoOnAtTheirLastStep() async throws {
        let options = [
            "--workers", "1", "--threads-per-worker", "1", "--data-root", folder.url.path, "--log-level", "trace",
        ]
        let old = try await ServerProcess(directory: directory, options: options)
        let study = try Study(old, folder: folder.url)
        // Not at an epoch's edge, where there is nothing to lose.
        _ = try await old.line { Self.step($0).map { $0 > 30 && $0 % 30 == 10 } ?? false }
        #expect(old.end(SIGTERM) == 0)
        let last = Guarded(0)
        _ = try? await old.line { line in
            if let step = Self.step(line) { last.withLock { $0 = step } }
            return line.hasSuffix(" stopped")
        }
        let done = last.withLock { $0 }
        #expect(done >= 40)

        let new = try await ServerProcess(directory: directory, options: options)
        let resumed = try await new.line { $0.contains("[Worker] resumed") }
        #expect(resumed.contains("step=\(done)"), "\(resumed), after step \(done)")
        _ = try await new.line { Self.step($0) == done + 1 }
        try Study.succeed(try await new.watch(study.sweep))
        let results = try Study(study, on: new).results()
        #expect(results.count == 8 && results.allSatisfy { $0.testDSC != nil && $0.curve.count == Study.epochs })
        // Nobody's failure: the run was handed back.
        #expect(results.map(\.attempt).sorted() == [1, 1, 1, 1, 1, 1, 1, 2])
        #expect(new.end(SIGTERM) == 0)
    }

    @Test(.timeLimit(.minutes(5))) func anotherMachinesWorkerKeepsItsRun() async throws {
        let socket = "unix:" + folder.url.appending(path: "s").path
        let options = ["--workers", "0", "--data-root", folder.url.path]
        let old = try await ServerProcess(directory: directory, listen: [socket], options: options)
        let study = try Study(old, folder: folder.url)
        let token = try Study.succeed(try old.command("token", "create", "w", "--role", "worker")).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let worker = try WorkerProcess(
            server: socket, token: token, cache: folder.url.appending(path: "cache"))
        _ = try await worker.line { $0.hasSuffix("[Worker] epoch") }
        #expect(old.end(SIGTERM) == 0)
        // It says that it tries again, and goes on with the same run at the same attempt once there is a server.
        _ = try await worker.line { $0.contains("trying again") }
        let new = try await ServerProcess(directory: directory, listen: [socket], options: options)
        try Study.succeed(try await new.watch(study.sweep))
        let results = try Study(study, on: new).results()
        #expect(results.count == 8 && results.allSatisfy { $0.attempt == 1 && $0.testDSC != nil })
        worker.end(SIGTERM)
        #expect(new.end(SIGTERM) == 0)
    }
}
