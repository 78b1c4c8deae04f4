import Foundation
import HTTP
import HTTPTypes
import TestSupport
import Testing

/// The built program with few descriptors: it turns clients away and goes on, also while they stay.
@Suite struct DescriptorTests {
    @Test(.timeLimit(.minutes(2))) func whoComesWhenNoneAreLeftIsTurnedAway() async throws {
        let folder = try TemporaryFolder()
        let server = try await ServerProcess(directory: folder.url.appending(path: "var"), options: ["--workers", "0"])
        func answered(_ client: HTTPClient) -> Bool { (try? client.send(.get, "/healthz"))?.status == .ok }
        let url = try server.url
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.pid)/fd").count
        // Of this process alone: another's would be taken from the tests beside this one.
        try Study.succeed(
            try CommandResult.of("prlimit", ["--pid", "\(server.pid)", "--nofile=\(open + 8):\(open + 8)"]))

        var kept: [HTTPClient] = []
        var turnedAway = 0
        for _ in 0..<30 {
            let client = try HTTPClient(server: url)
            if answered(client) { kept.append(client) } else { turnedAway += 1 }
        }
        #expect((1...8).contains(kept.count) && turnedAway > 20, "\(kept.count) answered, \(turnedAway) turned away")
        // Those who were there before are served on.
        #expect(kept.allSatisfy(answered))

        // Each is told at once whether the server has seen by then that these have gone.
        kept = []
        #expect(try (0..<1000).contains { _ in answered(try HTTPClient(server: url)) })
        #expect(server.end(SIGTERM) == 0)
    }
}
