import Foundation

/// Standard output: whether a person looks at it, how large it is, and lines that are drawn again in place.
struct Screen {
    /// Lines can be drawn again in place.
    let isTerminal = isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    private var drawn = 0

    var size: (rows: Int, columns: Int) {
        var window = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
            return (24, 80)
        }
        return (Int(window.ws_row), Int(window.ws_col))
    }

    /// Puts `lines` where the last ones were.
    mutating func redraw(_ lines: [String]) {
        let columns = size.columns
        var text = drawn > 0 ? "\u{1b}[\(drawn)A" : ""
        for line in lines { text += "\u{1b}[2K" + String(line.onOneLine.prefix(columns)) + "\n" }
        text += "\u{1b}[J"
        drawn = lines.count
        Self.write(text)
    }

    /// A line for people, or several.
    static func say(_ text: String) {
        write(text.printable + "\n")
    }

    /// The same on standard error.
    static func complain(_ text: String) {
        FileHandle.standardError.write(Data((text.printable + "\n").utf8))
    }

    static func write(_ text: String) {
        FileHandle.standardOutput.write(Data(text.utf8))
    }
}
