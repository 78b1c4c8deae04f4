import Testing

@testable import API

@Suite struct JSONParserTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

    private static let texts: [(String, JSONValue)] = [
        ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)),
        ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9_223_372_036_854_775_808)),
        ("1.0", .number(1)), ("-0.5e+1", .number(-5)), ("1E-400", .number(0)), ("0.1", .number(0.1)),
        ("2.2250738585072014e-308", .number(2.2250738585072014e-308)),
        (#""""#, .string("")), (#""é 🫁""#, .string("é 🫁")),
        (#""a\"\\\/\b\f\n\r\t\u00e9\uD83E\udec1b""#, .string("a\"\\/\u{8}\u{c}\n\r\té🫁b")),
        (#""\u0000""#, .string("\0")),
        ("[]", .array([])), ("[ 1 ,[ ] ]", .array([.integer(1), .array([])])),
        ("{}", .object([:])),
        (#"{ "a" : 1 , "" : { "b" : null } }"#, .object(["a": .integer(1), "": .object(["b": .null])])),
    ]

    @Test(arguments: texts) func readsWhatJSONAllows(_ text: String, _ expected: JSONValue) throws {
        #expect(try parse(text) == expected)
    }

    @Test(arguments: [
        ("", 1, "expected a value, but it ends"), ("   ", 4, "expected a value, but it ends"),
        ("nul", 1, "expected a value"), ("truex", 5, "expected nothing more"), ("1 2", 3, "expected nothing more"),
        ("NaN", 1, "expected a value"), ("+1", 1, "expected a value"), (".5", 1, "expected a value"),
        ("01", 2, "a number does not begin with 0"), ("-", 2, "expected a digit, but it ends"),
        ("1.", 3, "expected a digit, but it ends"), ("1e", 3, "expected a digit, but it ends"),
        ("[1e999]", 2, "the number is too large"),
        ("[1,]", 4, "expected a value"), ("[1 2]", 4, "expected a comma or the end of the array"),
        ("[", 2, "expected a value, but it ends"),
        ("[1", 3, "expected a comma or the end of the array, but it ends"),
        ("{,}", 2, "expected a field's name in quotation marks"),
        ("{a:1}", 2, "expected a field's name in quotation marks"),
        (#"{"a" 1}"#, 6, "expected a colon after a field's name"),
        (#"{"a":1 "b":2}"#, 8, "expected a comma or the end of the object"),
        (#"{"a":1,}"#, 8, "expected a field's name in quotation marks"),
        (#"{"a":1,"a":1}"#, 8, #"the field "a" stands here a second time"#),
        (#"{"a":1,"\u0061":1}"#, 8, #"the field "a" stands here a second time"#),
        (#""a"#, 3, "expected a closing quotation mark, but it ends"),
        ("\"\n\"", 2, "a control character in text must be escaped"),
        ("\"\\\"\n\"", 4, "a control character in text must be escaped"),
        (#""\x""#, 3, #"expected one of "\/bfnrtu after a backslash"#),
        (#""\u00g0""#, 4, "expected four hexadecimal digits"), (#""\u12"#, 4, "expected four hexadecimal digits"),
        (#""\ud83e""#, 8, "expected the second half of a surrogate pair"),
        (#""\ud83e\u0041""#, 14, "expected the second half of a surrogate pair before this"),
        (#""\udec1""#, 8, "half a surrogate pair before this"),
    ]) func saysWhatIsWrongAndWhere(_ text: String, _ byte: Int, _ detail: String) {
        #expect(throws: JSONParser.Failure(byte: byte, detail: detail)) { try parse(text) }
    }

    @Test func nestingIsBounded() throws {
        let limit = JSONParser.depthLimit
        #expect(throws: Never.self) {
            try parse(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        }
        #expect(throws: JSONParser.Failure(byte: limit + 1, detail: "more than \(limit) levels of nesting")) {
            try parse(String(repeating: "[", count: limit + 1))
        }
        #expect(throws: Never.self) { try parse("[" + String(repeating: "[],", count: 1000) + "[]]") }
    }

    /// Whatever is cut off or overwritten is refused or read, and never read beyond.
    @Test func damagedTextsAreReadOrRefused() {
        let text = Array(#"{"attempt":1,"epochs":[{"epoch":3,"val_dsc":0.5,"note":"\u00e9\n","deep":[[{}]]}]}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(text[..<length])) }
        }
        for place in text.indices {
            for byte in UInt8(0)..<128 {
                var damaged = text
                damaged[place] = byte
                _ = try? JSONParser.parse(damaged)
            }
        }
    }
}
