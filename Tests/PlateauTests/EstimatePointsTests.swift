import API
import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import plateau

/// `plateau estimate --points` reads what `POST /v1/estimates` takes, and the same as CSV.
@Suite struct EstimatePointsTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func file(_ name: String, _ text: String) throws -> String {
        let url = folder.url.appending(path: name)
        try Data(text.utf8).write(to: url)
        return url.path
    }

    private func estimate(_ arguments: String...) throws -> String {
        let command = try #require(try Plateau.parseAsRoot(["estimate"] + arguments) as? EstimateCommand)
        return EstimateText.text(try command.estimate(ofPoints: command.points ?? ""))
    }

    private func problem(_ arguments: String...) throws -> String {
        let command = try #require(try Plateau.parseAsRoot(["estimate"] + arguments) as? EstimateCommand)
        do {
            _ = try command.estimate(ofPoints: command.points ?? "")
            return ""
        } catch { return (error as? CommandFailure)?.message ?? "\(error)" }
    }

    @Test func tablesAndJSONGiveTheSameAnswer() throws {
        let csv = try file("p.csv", "n,dsc\n181,0.7548\n453,0.8019\n907,0.8377\n1815,0.8589\n")
        let json = try file(
            "p.json",
            """
            {"points": [{"n": 181, "dsc": 0.7548}, {"n": 453, "dsc": 0.8019}, {"n": 907, "dsc": 0.8377},
             {"n": 1815, "dsc": 0.8589}], "target_dsc": 0.99, "at_n": 3000}
            """)
        let text = try estimate("--points", csv, "--target-dsc", "0.82", "--at-n", "3000")
        // The command line's question replaces the file's.
        #expect(try estimate("--points", json, "--target-dsc", "0.82") == text)
        #expect(text.hasPrefix("The plateau is not reached"))
        #expect(text.contains("A DSC of 0.820 needs") && text.contains("With 3000 images a DSC of 0.8"))
        #expect(text.contains("DSC still rises"))
        #expect(text.contains("images    DSC\n   181  0.755"))
    }

    @Test func whatIsWrongIsNamedWithTheFile() throws {
        let csv = try file("p.csv", "n,dsc\n181,75\n")
        #expect(try problem("--points", csv).contains("p.csv: line 2: dsc must be 0…1; got 75"))
        let json = try file("p.json", #"{"points": [{"n": 1, "dsc": 2, "x": 1}]}"#)
        let message = try problem("--points", json)
        #expect(message.contains("p.json: /points/0/dsc must be a number from 0.0 to 1.0; got 2"))
        #expect(message.contains("\n  /points/0/x is not a field here"))
        #expect(try problem("--points", folder.url.appending(path: "none").path).contains("none: cannot be read"))
        let good = try file("g.csv", "n,dsc\n1,0.5\n")
        #expect(try problem("--points", good, "--delta", "2").contains("delta of the query must be above 0"))
    }
}
