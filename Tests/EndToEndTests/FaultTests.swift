import Foundation
import TestSupport
import Testing

/// Server and workers are killed with -9 in the middle of a sweep; nothing is lost, and nothing is told twice.
@Suite struct FaultTests {
    @Test(.timeLimit(.minutes(5))) func killedProcessesLoseNothing() async throws {
        let folder = try TemporaryFolder()
        let options = ["--workers", "2", "--threads-per-worker", "1", "--data-root", folder.url.path]

        let calm = try await ServerProcess(directory: folder.url.appending(path: "calm"), options: options)
        let undisturbed = try Study(calm, folder: folder.url)
        try Study.succeed(try await calm.watch(undisturbed.sweep))
        let expected = try undisturbed.results()
        #expect(calm.end(SIGTERM) == 0)
        #expect(expected.count == 8)
        #expect(expected.allSatisfy { $0.curve.count == Study.epochs && $0.testDSC != nil && $0.attempt == 1 })

        let directory = folder.url.appending(path: "stormy")
        var server = try await ServerProcess(directory: directory, options: options)
        let disturbed = try Study(server, folder: folder.url)
        // A worker dies after its second epoch; another is started in its place.
        let epoch = try await server.line { $0.contains("[Worker] epoch") && $0.contains("epoch=2/") }
        kill(try workerPID(epoch), SIGKILL)
        _ = try await server.line { $0.contains("worker ended") && $0.contains("signal 9") }
        _ = try await server.line { $0.contains("worker started") }
        // The server dies under its workers, and is started again on what it left; but the disk has changed a bit of each
        // run's newest checkpoint, so that they go on from the one before.
        _ = try await server.line { $0.contains("[Worker] epoch") && $0.contains("epoch=3/") }
        server.end(SIGKILL)
        #expect(try damageNewestCheckpoints(directory.appending(path: "checkpoints")) > 0)
        server = try await ServerProcess(directory: directory, options: options)
        _ = try await server.line { $0.contains("checkpoint cannot be used") && $0.contains("SHA-256") }
        _ = try await server.line { $0.contains("[Worker] resumed") }
        // It is told to stop in the middle: workers hand their runs back, which nobody counts as a failure.
        _ = try await server.line { $0.contains("[Worker] epoch") }
        #expect(server.end(SIGTERM) == 0)
        server = try await ServerProcess(directory: directory, options: options)
        try Study.succeed(try await server.watch(disturbed.sweep))

        let study = Study(disturbed, on: server)
        let actual = try study.results()
        #expect(actual.map(\.cell) == expected.map(\.cell))
        #expect(actual.map(\.curve) == expected.map(\.curve))
        #expect(actual.map(\.testDSC) == expected.map(\.testDSC))
        #expect(actual.contains { $0.attempt > 1 })
        server.end(SIGTERM)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: directory.appending(path: "checkpoints").path).isEmpty)
    }

    /// - Returns: how many there were.
    private func damageNewestCheckpoints(_ folder: URL) throws -> Int {
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: [.contentModificationDateKey]
        ).filter { $0.pathExtension == "checkpoint" }
        let byRun = Dictionary(grouping: files) { $0.lastPathComponent.prefix { $0 != "-" } }
        for files in byRun.values {
            let newest = try #require(
                try files.max {
                    try $0.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate!
                        < $1.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate!
                })
            var bytes = try Data(contentsOf: newest)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: newest)
        }
        return byRun.count
    }

    private func workerPID(_ line: String) throws -> Int32 {
        let match = try #require(line.firstMatch(of: /worker=local-\d+-(\d+)/))
        return try #require(Int32(match.output.1))
    }
}

extension Study {
    /// The same sweep, asked of the server that now has it.
    init(_ study: Study, on server: ServerProcess) {
        self.server = server
        sweep = study.sweep
    }
}
