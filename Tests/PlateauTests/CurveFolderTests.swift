import API
import Foundation
import LearningCurves
import TestSupport
import Testing

@testable import plateau

@Suite struct CurveFolderTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
    }

    func problem(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch { return (error as? CommandFailure)?.message ?? "\(error)" }
    }

    func curve(_ text: String) throws -> [CurvePoint] {
        try write("c.csv", text)
        return try CurveFile(at: folder.url.appending(path: "c.csv")).points
    }

    @Test func tablesKeepQuotedCommasAndLines() {
        let table = CSVTable(
            "\u{FEFF}File, Task\r\na.csv,\"Heart (MSD, 3D)\"\r\n\r\nb.csv,\"two \"\"x\"\"\nlines\"\nshort")
        #expect(table.columns == ["file", "task"])
        #expect(table.rows.map(\.line) == [2, 4, 6])
        #expect(table.rows.map { $0.fields["task"] } == ["Heart (MSD, 3D)", "two \"x\"\nlines", nil])
        #expect(CSVTable("").columns == [] && CSVTable("").rows.isEmpty)
    }

    @Test func curvesMayCountFromZeroOrNotAtAll() throws {
        #expect(try curve("epoch,val_dice\n0,0.1\n1,0.2\n").map(\.epoch) == [1, 2])
        #expect(try curve("epoch,val_dice\n3,0.1\n7,0.2\n").map(\.epoch) == [3, 7])
        let points = try curve("val_dsc,val_loss,other\n0.1,0.9,x\n0.2,,y\n")
        #expect(points == [CurvePoint(epoch: 1, valDSC: 0.1, valLoss: 0.9), CurvePoint(epoch: 2, valDSC: 0.2)])
    }

    @Test(arguments: [
        ("", "needs a header line with a column val_dice or val_dsc; it has none"),
        ("epoch,loss\n1,2\n", "it has epoch, loss"), ("val_dice\n", "has no points"),
        ("val_dice\n0.1\nnan\n", "line 3: val_dice must be a number; got \"nan\""),
        ("val_dice\n0.1\n1.2\n", "line 3: val_dice must be from 0 to 1; got 1.2"),
        ("epoch,val_dice\n1\n", "line 2 has no val_dice"),
        ("epoch,val_dice\n1.5,0.3\n", "line 2: epoch must be a whole number from 0 to 1000000; got 1.5"),
    ])
    func badCurvesAreNamed(text: String, message: String) {
        let problem = problem { _ = try curve(text) }
        #expect(problem.hasPrefix("c.csv: ") && problem.contains(message), "\(problem)")
    }

    @Test func curvesMustBeText() throws {
        try Data([0xff, 0xfe, 0x00]).write(to: folder.url.appending(path: "c.csv"))
        let bytes = problem { _ = try CurveFile(at: folder.url.appending(path: "c.csv")) }
        #expect(bytes == "c.csv: is not UTF-8 text")
        #expect(problem { _ = try CurveFile(at: folder.url.appending(path: "none.csv")) } == "none.csv: cannot be read")
    }

    /// What is wrong with one curve does not cost the others.
    @Test func foldersNameWhatTheyLeaveOut() throws {
        let good = "val_dice\n" + (1...8).map { "0.\($0)\n" }.joined()
        for name in ["a.csv", "b.csv", "short.csv", "cut.csv"] { try write(name, good) }
        try write("short.csv", "val_dice\n0.1\n0.2\n")
        try write(
            "manifest.csv",
            """
            file,task,epochs,train_size,note
            a.csv,"heart, 3D",8,16,
            b.csv,spleen,,,x
            short.csv,spleen,,,
            cut.csv,spleen,20,,
            gone.csv,spleen,,,
            a.csv,spleen,many,,
            """)
        let read = try CurveFolder(at: folder.url)
        #expect(read.curves.map(\.name) == ["a.csv", "b.csv"])
        #expect(read.curves.map(\.task) == ["heart, 3D", "spleen"])
        #expect(read.curves.map(\.context.size) == [16, nil])
        #expect(read.problems.count == 4)
        for (problem, part) in zip(
            read.problems, ["at least 4 points", "ends at epoch 8 of 20", "cannot be read", "epochs in manifest.csv"])
        {
            #expect(problem.contains(part), "\(problem)")
        }
    }

    @Test func withoutAManifestEveryFileIsACurveOfOneTask() throws {
        let good = "val_dice\n" + (1...8).map { "0.\($0)\n" }.joined()
        for name in ["b.csv", "a.csv"] { try write(name, good) }
        try write("readme.txt", "x")
        let read = try CurveFolder(at: folder.url)
        #expect(read.curves.map(\.name) == ["a.csv", "b.csv"])
        #expect(Set(read.curves.map(\.task)) == [folder.url.lastPathComponent])
    }

    @Test func foldersWithoutCurvesAreRefused() throws {
        #expect(problem { _ = try CurveFolder(at: folder.url) }.contains("no file ends in .csv"))
        let none = folder.url.appending(path: "none")
        #expect(problem { _ = try CurveFolder(at: none) }.contains("is not a folder"))
        try write("manifest.csv", "name\na.csv\n")
        #expect(
            problem { _ = try CurveFolder(at: folder.url) } == "manifest.csv needs a header line with a column file")
        try write("manifest.csv", "file\n../a.csv\n")
        #expect(problem { _ = try CurveFolder(at: folder.url) }.contains("line 2: file must be a name in the folder"))
    }

    @Test func tablesOfForecastsAreReadable() throws {
        let good = "val_dice\n" + (1...20).map { "\(0.8 - 0.5 / Double($0))\n" }.joined()
        for name in ["a.csv", "b.csv"] { try write(name, good) }
        let curves = try CurveFolder(at: folder.url).curves
        let table = try ForecastEvaluation.table(
            curves, contenders: [Contender(name: "surrogate") { _ in Forecaster(surrogate: .shipped) }])
        let text = ForecastTableText.text(table)
        #expect(text.hasPrefix("2 curves: \(folder.url.lastPathComponent) 2\n"))
        for part in ["mean absolute error", "last value", "pow3", "surrogate", "coverage of the 90 % interval", "60 %"]
        {
            #expect(text.contains(part))
        }
    }
}
