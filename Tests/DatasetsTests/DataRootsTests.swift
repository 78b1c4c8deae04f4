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
        for name in ["root/polyps", "root-not", "secret/x"] {
            try FileManager.default.createDirectory(atPath: base + "/" + name, withIntermediateDirectories: true)
        }
        try link("root/out", to: base + "/secret")
        try link("root/in", to: "polyps")
        try link("root/dangling", to: base + "/secret/nothing")
        try link("alias", to: base + "/base")
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
        for path in ["/base/polyps", "/base/in", "/alias/polyps/", "/base/../base/./polyps", "/secret/../base/polyps"] {
            #expect(try roots.resolve(base + path) == base + "/base/polyps")
        }
        #expect(try roots.resolve(base + "/base") == base + "/base")
    }

    @Test func whatLiesOutsideIsRefused() throws {
        let roots = try DataRoots([base + "/base"])
        for path in ["/secret", "/base-not", "/base/../secret", "/base/out", "/base/out/x", "/"] {
            #expect(try refusal(base + path, roots).contains("outside the folders"))
        }
        #expect(try refusal("polyps", roots).contains("must be absolute"))
        #expect(try refusal("", roots).contains("must be absolute"))
    }

    @Test func pathsOutsideAnswerTheSameWhetherTheyExistOrNot() throws {
        let roots = try DataRoots([base + "/base"])
        let pairs = [
            ("/secret/x", "/secret/y"), ("/base/../secret/x", "/base/../secret/y"), ("/base/out/x", "/base/out/y"),
            ("/base/polyps/../../secret/x", "/base/polyps/../../secret/y"), ("/base/out", "/base/dangling"),
            ("/base/out/x", "/base/dangling/x"), ("/base/../base-not", "/base/nothing/../../secret"),
        ]
        for (present, absent) in pairs {
            let answers = try [present, absent].map { path in
                try refusal(base + path, roots).replacing(base + path, with: "PATH")
            }
            #expect(answers[0] == answers[1], "\(absent)")
            #expect(answers[0].contains("outside the folders"), "\(absent)")
        }
        // Inside, whoever may register may also know.
        #expect(try refusal(base + "/base/nothing/here", roots).contains("there is no folder"))
    }

    @Test func severalRootsAndNone() throws {
        let both = try DataRoots([base + "/base", base + "/secret"])
        #expect(try both.resolve(base + "/secret/x") == base + "/secret/x")
        #expect(try both.resolve(base + "/base/out/x") == base + "/secret/x")
        let none = try DataRoots([])
        #expect(none.isEmpty && !both.isEmpty)
        #expect(try none.resolve(base + "/secret/x") == base + "/secret/x")
        #expect(try refusal(base + "/secret/y", none).contains("there is no folder"))
        #expect(throws: DatasetError.self) { try DataRoots([base + "/nothing"]) }
    }
}
