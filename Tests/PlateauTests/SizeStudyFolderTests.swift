import Foundation
import LearningCurves
import TestSupport
import Testing

@testable import plateau

@Suite struct SizeStudyFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func write(_ name: String, _ text: String) throws {
        let url = folder.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    func problem(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return (error as? CommandFailure)?.message ?? "\(error)" }
    }

    func points(_ text: String) throws -> [SizeObservation] {
        try write("p.csv", text)
        return try SizePointsFile(at: folder.url.appending(path: "p.csv")).observations
    }

    @Test func pointsMaySayMoreThanSizeAndScore() throws {
        #expect(
            try points("n,dsc\n10,0.5\n20,0.75\n") == [
                SizeObservation(n: 10, dsc: 0.5), SizeObservation(n: 20, dsc: 0.75),
            ])
        #expect(
            try points("train_size,Dice,sd,seed,depth,note\n10,0.5,0.01,3,4,x\n20,0.75,,,,\n") == [
                SizeObservation(n: 10, dsc: 0.5, layers: 4, seed: 3, standardError: 0.01),
                SizeObservation(n: 20, dsc: 0.75),
            ])
    }

    @Test(arguments: [
        ("", "needs a header line with the columns n and dsc; it has none"), ("n,x\n1,2\n", "it has n, x"),
        ("n,dsc\n", "has no points"), ("n,dsc\n,0.5\n", "line 2 has no n"), ("n,dsc\n5\n", "line 2 has no dsc"),
        ("n,dsc\n5,0.5\n1.5,0.6\n", "line 3: n must be a whole number; got 1.5"),
        ("n,dsc\n0,0.5\n", "line 2: n must be 1…100000000; got 0"),
        ("n,score\n5,1.5\n", "line 2: score must be 0…1; got 1.5"),
        ("n,dsc\n5,inf\n", "line 2: dsc must be a number; got \"inf\""),
        ("n,dsc,sd\n5,0.5,-1\n", "line 2: sd must be 0…1; got -1.0"),
    ])
    func badPointsAreNamed(text: String, message: String) {
        let problem = problem { _ = try points(text) }
        #expect(problem.hasPrefix("p.csv: ") && problem.contains(message), "\(problem)")
    }

    private static let good = "n,dsc\n" + (1...8).map { "\(10 * $0),0.\($0)\n" }.joined()

    @Test func foldersNameWhatTheyLeaveOut() throws {
        for name in ["a.csv", "b.csv"] { try write(name, Self.good) }
        try write("short.csv", "n,dsc\n1,0.1\n2,0.2\n")
        try write("manifest.csv", "file,task\na.csv,polyps\nb.csv,polyps\nshort.csv,x\ngone.csv,x\n")
        let read = try SizeStudyFolder(at: folder.url)
        #expect(read.studies.map(\.name) == ["a.csv", "b.csv"])
        #expect(read.studies.map(\.task) == ["polyps", "polyps"])
        #expect(read.problems.count == 2)
        #expect(read.problems[0].contains("at least 5 different sizes; got 2"))
        #expect(read.problems[1].contains("cannot be read"))
    }

    @Test func withoutAManifestEachFileIsATask() throws {
        for name in ["a.csv", "b.csv"] { try write(name, Self.good) }
        #expect(try SizeStudyFolder(at: folder.url).studies.map(\.task) == ["a.csv", "b.csv"])
    }

    /// Two learners of one data set; the second has too few sizes.
    @Test func lcdbIsReadAsItIs() throws {
        let anchors = [16, 18, 20, 21, 23, 25]
        try write("meta.json", #"{"learners": ["SVM", "LDA"], "anchors": \#(anchors), "other": 1}"#)
        try write("names.json", #"{"7": "audiology"}"#)
        let full = anchors.indices.map { "[0, 0.5, \(0.5 - 0.0625 * Double($0))]" }.joined(separator: ",")
        let errors = anchors.map { _ in "[0, 0, 0.25]" }.joined(separator: ",")
        let few = anchors.map { $0 < 20 ? "[0, 0, 0.5]" : "[null, null, null]" }.joined(separator: ",")
        try write("er/7.json", "[[[\(full)],[\(errors)]],[[\(few)],[\(few)]]]")
        try write("er/8.json", "[[[\(full)],[\(errors)]]]")
        let read = try SizeStudyFolder(at: folder.url)
        #expect(read.studies.map(\.name) == ["7 audiology, SVM"])
        #expect(read.studies.map(\.task) == ["7 audiology"])
        #expect(
            read.problems == [
                "er/7.json: 1 of 2 learners, the first LDA: the observations must be of at least 5 different sizes; got 2",
                "er/8.json: has 1 learners, meta.json 2",
            ])
        try write("er/7.json", "[[[")
        #expect(
            problem { _ = try SizeStudyFolder(at: folder.url) }.contains("er/7.json: is not what LCDB 1.1 has there"))
    }

    @Test func lcdbWithoutCurvesIsRefused() throws {
        try write("meta.json", #"{"learners": [], "anchors": []}"#)
        #expect(problem { _ = try SizeStudyFolder(at: folder.url) }.contains("er has no file that ends in .json"))
    }

    @Test func tablesOfEstimatesAreReadable() throws {
        let sizes = (0...12).map { Int(16 * pow(2, Double($0) / 2)) }
        for (name, exponent) in [("a.csv", -0.5), ("b.csv", -0.7)] {
            try write(name, "n,dsc\n" + sizes.map { "\($0),\(0.9 - 2 * pow(Double($0), exponent))\n" }.joined())
        }
        let text = EstimateTableText.text(try EstimateEvaluation.table(try SizeStudyFolder(at: folder.url).studies))
        #expect(text.hasPrefix("2 curves of 2 tasks; with enough sizes: 2 at 20 %, 2 at 40 %, 2 at 60 %\n"))
        for part in [
            "n of 99 % of the full-size score", "last", "pow3", "estimate", "coverage of the 90 % interval of n",
        ] {
            #expect(text.contains(part))
        }
    }
}
