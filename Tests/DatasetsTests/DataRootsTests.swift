import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct DataRootsTests {
    private let folder: TemporaryFolder
    private let base: String

    init() throws {
        folder = try TemporaryFolder()
        base = try #require(DataRoots.canonical(folder.url.path))
        for name in ["allowed/polyps", "allowed-not", "secret/x"] {
            try FileManager.default.createDirectory(atPath: base + "/" + name, withIntermediateDirectories: true)
        }
        try link("allowed/out", to: base + "/secret")
        try link("allowed/in", to: "polyps")
        try link("allowed/dangling", to: base + "/secret/nothing")
        try link("alias", to: base + "/allowed")
    }

    private func link(_ path: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: base + "/" + path, withDestinationPath: target)
    }

    private func refusal(_ path: String, _ roots: DataRoots) throws -> String {
        try #require(throws: DatasetError.self) { try roots.resolve(path) }.description
    }

    @Test func whatLiesInsideIsMadeCanonical() throws {
        // A root that is itself a link.
        let roots = try DataRoots([base + "/alias"])
        for path in [
            "/allowed/polyps", "/allowed/in", "/alias/polyps/", "/allowed/../allowed/./polyps",
            "/secret/../allowed/polyps",
        ] {
            #expect(try roots.resolve(base + path) == base + "/allowed/polyps")
        }
        #expect(try roots.resolve(base + "/allowed") == base + "/allowed")
    }

    @Test func whatLiesOutsideIsRefused() throws {
        let roots = try DataRoots([base + "/allowed"])
        for path in ["/secret", "/allowed-not", "/allowed/../secret", "/allowed/out", "/allowed/out/x", "/"] {
            #expect(try refusal(base + path, roots).contains("outside the folders"))
        }
        #expect(try refusal("polyps", roots).contains("must be absolute"))
        #expect(try refusal("", roots).contains("must be absolute"))
    }

    @Test func pathsOutsideAnswerTheSameWhetherTheyExistOrNot() throws {
        let roots = try DataRoots([base + "/allowed"])
        let pairs = [
            ("/secret/x", "/secret/y"), ("/allowed/../secret/x", "/allowed/../secret/y"),
            ("/allowed/out/x", "/allowed/out/y"),
            ("/allowed/polyps/../../secret/x", "/allowed/polyps/../../secret/y"), ("/allowed/out", "/allowed/dangling"),
            ("/allowed/out/x", "/allowed/dangling/x"), ("/allowed/../allowed-not", "/allowed/nothing/../../secret"),
        ]
        for (present, absent) in pairs {
            let answers = try [present, absent].map { path in
                try refusal(base + path, roots).replacing(base + path, with: "PATH")
            }
            #expect(answers[0] == answers[1], "\(absent)")
            #expect(answers[0].contains("outside the folders"), "\(absent)")
        }
        // Inside, whoever may register may also know.
        #expect(try refusal(base + "/allowed/nothing/here", roots).contains("there is no folder"))
    }

    @Test func severalRootsAndNone() throws {
        let both = try DataRoots([base + "/allowed", base + "/secret"])
        #expect(try both.resolve(base + "/secret/x") == base + "/secret/x")
        #expect(try both.resolve(base + "/allowed/out/x") == base + "/secret/x")
        let none = try DataRoots([])
        #expect(none.isEmpty && !both.isEmpty)
        #expect(try none.resolve(base + "/secret/x") == base + "/secret/x")
        #expect(try refusal(base + "/secret/y", none).contains("there is no folder"))
        #expect(throws: DatasetError.self) { try DataRoots([base + "/nothing"]) }
    }
}
