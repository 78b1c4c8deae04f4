import Foundation
import Testing

@testable import plateau

@Suite struct TerminalTests {
    @Test func aTableAlignsNumbersRightAndWordsLeft() {
        var table = TextTable(["run", "size", "val DSC", "state"])
        table.add(["run_1", "4", "–", "queued"])
        table.add(["run_22", "1000", "0.512", "failed: out of\nmemory"])
        #expect(
            table.text == """
                run     size  val DSC  state
                run_1      4        –  queued
                run_22  1000    0.512  failed: out of memory
                """)
        #expect(TextTable(["a", "b"]).text == "a  b")
    }

    @Test func aCurveIsPlottedFromItsLowestToItsHighestValue() {
        let lines = CurvePlot.text([0.1, 0.2, 0.55, 1], width: 40).components(separatedBy: "\n")
        #expect(lines.count == 11)
        #expect(lines[0] == "1.000 ┤   ●")
        #expect(lines[8] == "      ┤ ●··")
        #expect(lines[9] == "0.100 ┤●···")
        #expect(lines[10] == "      └────")
    }

    @Test func aLongCurveFitsAndAFlatOneIsDrawn() {
        let long = CurvePlot.text((0..<1000).map { Double($0) / 1000 }, width: 30).components(separatedBy: "\n")
        #expect(long.allSatisfy { $0.count <= 37 } && long[0].last == "●" && long[9].contains("┤●"))
        let flat = CurvePlot.text([0.5, 0.5], width: 30).components(separatedBy: "\n")
        #expect(flat[9] == "0.500 ┤●●")
        #expect(CurvePlot.text([], width: 30) == "")
    }

    @Test func whatASenderNamesCannotSteerTheTerminal() {
        #expect("a\u{1b}[31mred\u{7}".printable == "a[31mred")
        #expect("one\ntwo\r\nthree\tfour".onOneLine == "one two three four")
        #expect("\u{9b}2J\u{7f}x\u{202e}gpj\u{2066}\u{2028}".printable == "2Jxgpj")
        #expect("Größe 漢字 👩‍🔬 –".printable == "Größe 漢字 👩‍🔬 –")
        #expect("kept\nlines".printable == "kept\nlines")
    }

    @Test(arguments: [
        (-3.0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7800, "2 h 10 min"),
        (273_600, "3 d 4 h"), (1e300, "11574074 d 1 h"),
    ])
    func timeIsToldAsPeopleTellIt(_ seconds: Double, _ text: String) {
        #expect(Words.duration(seconds) == text)
    }

    @Test func barsAreFilledInEighths() {
        #expect(Words.bar(0, width: 4) == "░░░░" && Words.bar(1, width: 4) == "████")
        #expect(Words.bar(0.5, width: 3) == "█▌░" && Words.bar(2, width: 2) == "██" && Words.bar(-1, width: 2) == "░░")
        for eighth in 0...32 { #expect(Words.bar(Double(eighth) / 32, width: 4).count == 4) }
    }

    @Test func onlyWhatIsDoneReads100Percent() {
        #expect(Words.progress(0.999) == "99 %" && Words.progress(1) == "100 %" && Words.progress(0.29) == "29 %")
        #expect(Words.dsc(nil) == "–" && Words.dsc(0.12345) == "0.123" && Words.eta(nil) == "ETA unknown yet")
    }
}
