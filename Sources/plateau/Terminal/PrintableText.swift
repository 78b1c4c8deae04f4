/// Text from elsewhere, made safe for a terminal: names, paths and messages may carry escape sequences that recolour
/// it, rewrite earlier lines or answer on the reader's behalf.
extension String {
    /// Without control characters and without the marks that reorder text (Unicode UAX #9 §2); line breaks stay.
    var printable: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0 == "\n" || !$0.steersTerminal }))
    }

    /// The same on one line: runs of line breaks and tabs are single spaces.
    var onOneLine: String {
        split { $0.isNewline || $0 == "\t" }.joined(separator: " ").printable
    }
}

extension Unicode.Scalar {
    fileprivate var steersTerminal: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
        }
    }
}
