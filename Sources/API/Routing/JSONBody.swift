/// A body that is one JSON object.
enum JSONBody {
    /// Reads it through `read`, which asks for each field; then refuses unknown fields and throws every violation at once.
    ///
    /// - throws: `Problem`.
    static func read<Value>(_ bytes: [UInt8], _ read: (FieldReader) throws -> Value) throws -> Value {
        guard !bytes.isEmpty else { throw Problem(.malformedJSON, "The body is empty; send a JSON object.") }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw Problem(.malformedJSON, "The body is not UTF-8 text.")
        }
        let value: JSONValue
        do {
            value = try JSONParser.parse(bytes)
        } catch let failure as JSONParser.Failure {
            throw Problem(
                .malformedJSON, "The body is not valid JSON: \(failure.detail), at byte \(failure.byte).")
        }
        guard case .object(let fields) = value else {
            throw Problem(.malformedJSON, "The body must be a JSON object; got \(value.kind).")
        }
        let violations = FieldReader.Violations()
        let reader = FieldReader(fields, violations: violations)
        let result = try read(reader)
        reader.rejectUnknown()
        try violations.throwIfAny()
        return result
    }
}
