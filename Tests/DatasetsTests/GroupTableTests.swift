import Foundation
import Testing

@testable import Datasets

@Suite struct GroupTableTests {
    private func set(_ table: String? = nil) throws -> TemporarySet {
        let set = try TemporarySet()
        for stem in ["a", "b", "c"] { try set.add(stem) }
        if let table { try set.write(table, to: "groups.csv") }
        return set
    }

    private func groups(_ scan: DatasetScan) -> [String] { scan.manifest.cases.map { "\($0.id) \($0.group)" } }

    @Test func withoutATableEachCaseIsItsOwnGroup() throws {
        #expect(groups(try set().scan()) == ["a a", "b b", "c c"])
    }

    @Test(arguments: [
        "stem,group\na,p1\nb,p2\nc,p1\n", "a,p1\r\nb,p2\r\nc,p1", "\u{feff}Stem, Group\n a , p1\n\nb,p2\nc,p1\nc,p1\n",
    ])
    func goodTablesAreRead(_ table: String) throws {
        let scan = try set(table).scan()
        #expect(scan.problems.isEmpty)
        #expect(groups(scan) == ["a p1", "b p2", "c p1"])
    }

    /// A case without a sure group might straddle the split, so that leaving bad files out leaves it out too.
    @Test(arguments: [
        ("a,p\nb,p\n", ["names no group for 1 cases, the first of them c"], ["a p", "b p"]),
        ("a,p\nb,p\nc,p\nz,p\n", ["line 4 names z, which is not a case here"], ["a p", "b p", "c p"]),
        (
            "a,p\nb,p\nc,p\na,q\na,p\n", ["line 4 puts a in a second group", "line 5 puts a in a second group"],
            ["b p", "c p"]
        ),
        (
            "a;p\nb,p,q\nc,\n",
            [
                "line 1 is not stem,group", "line 2 is not stem,group", "line 3 is not stem,group",
                "names no group for 3 cases, the first of them a",
            ], []
        ),
    ])
    func badTablesAreNamedAndTheirCasesLeftOut(_ table: String, _ details: [String], _ left: [String]) throws {
        let scan = try set(table).scan()
        #expect(scan.problems.map(\.detail) == details)
        #expect(scan.problems.allSatisfy { $0.reason == .badGroups && $0.file == "groups.csv" })
        #expect(groups(scan) == left)
    }

    @Test func aTableThatCannotBeReadIsNotTheSameAsNone() throws {
        let binary = try set()
        try binary.write([0x61, 0x2c, 0xff, 0xfe], to: "groups.csv")
        let dangling = try set()
        try dangling.link("groups.csv", to: "gone.csv")
        let outside = try set()
        try Data("a,p\nb,p\nc,p\n".utf8).write(to: URL(filePath: outside.outside + "/groups.csv"))
        try outside.link("groups.csv", to: outside.outside + "/groups.csv")
        let pipe = try set()
        #expect(mkfifo(pipe.root + "/groups.csv", 0o600) == 0)
        for (set, part) in [
            (binary, "UTF-8"), (dangling, "leads nowhere"), (outside, "leads out"), (pipe, "not a regular"),
        ] {
            let scan = try set.scan()
            #expect(scan.problems.map(\.reason) == [.badGroups])
            #expect(scan.problems[0].detail.contains(part))
            #expect(scan.manifest.cases.isEmpty)
        }
    }
}
