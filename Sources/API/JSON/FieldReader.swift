import Storage

/// Reads the fields of one JSON object, collecting every violation instead of stopping at the first, so that a person
/// can mend a request in one go. A field that is nowhere asked for is a violation too: it is usually a misspelling.
final class FieldReader {
    private var fields: [String: JSONValue]
    private let pointer: String
    private let violations: Violations
    private var known: [String] = []

    /// What one request got wrong, shared by the readers of its nested objects.
    final class Violations {
        private(set) var all: [Problem.FieldError] = []

        func add(_ pointer: String, _ detail: String) {
            all.append(Problem.FieldError(pointer: pointer, detail: detail))
        }

        func throwIfAny() throws {
            guard all.isEmpty else { throw Problem.invalid(all) }
        }
    }

    init(_ fields: [String: JSONValue], pointer: String = "", violations: Violations) {
        self.fields = fields
        self.pointer = pointer
        self.violations = violations
    }

    /// Notes a violation of a field of this object.
    func reject(_ name: String, _ detail: String) {
        violations.add("\(pointer)/\(name)", detail)
    }

    /// Whether the field was sent, and not as null.
    func has(_ name: String) -> Bool {
        switch fields[name] {
        case nil, .null?: false
        default: true
        }
    }

    /// Whether the field was sent, be it as null.
    func names(_ name: String) -> Bool { fields[name] != nil }

    /// Of a setting that null takes away and that stays where it is not sent.
    /// - Parameter read: asks for the field; nil where it is out of bounds, which it has noted.
    func adjustment<Value>(_ name: String, _ read: () -> Value?) -> Adjustment<Value> {
        if let value = read() { return .set(value) }
        return fields[name] == .null ? .removed : .kept
    }

    func string(_ name: String, length: ClosedRange<Int>) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { return wrong(name, "a string", value) }
        guard length.contains(text.utf8.count), !text.utf8.contains(0) else {
            reject(name, "must be \(length.lowerBound) to \(length.upperBound) bytes of text without NUL")
            return nil
        }
        return text
    }

    /// One of a closed set of words, matched to the letter.
    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        guard let value = take(name) else { return nil }
        let words = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            return wrong(name, "one of \(words)", value)
        }
        return choice
    }

    func boolean(_ name: String) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .bool(let flag) = value else { return wrong(name, "true or false", value) }
        return flag
    }

    func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = take(name) else { return nil }
        return integer(value, "\(pointer)/\(name)", in: range)
    }

    func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        guard let value = take(name) else { return nil }
        return number(value, "\(pointer)/\(name)", in: range)
    }

    /// A list of distinct integers.
    func integers(_ name: String, count: ClosedRange<Int>, in range: ClosedRange<Int>) -> [Int]? {
        list(name, count: count) { integer($0, $1, in: range) }
    }

    /// A list of distinct numbers.
    func numbers(_ name: String, count: ClosedRange<Int>, in range: ClosedRange<Double>) -> [Double]? {
        list(name, count: count) { number($0, $1, in: range) }
    }

    /// Exactly that many integers, which may be equal.
    func integers(_ name: String, exactly count: Int, in range: ClosedRange<Int>) -> [Int]? {
        tuple(name, "a list of \(count) integers", count) { integer($0, $1, in: range) }
    }

    /// Exactly that many numbers, which may be equal.
    func numbers(_ name: String, exactly count: Int, in range: ClosedRange<Double>) -> [Double]? {
        tuple(name, "a list of \(count) numbers", count) { number($0, $1, in: range) }
    }

    /// Two numbers, of which the second is not the smaller.
    func interval(_ name: String, in range: ClosedRange<Double>) -> [Double]? {
        guard let pair = numbers(name, exactly: 2, in: range) else { return nil }
        guard pair[0] <= pair[1] else {
            reject(name, "must be the lower bound, then the upper; got [\(pair[0]), \(pair[1])]")
            return nil
        }
        return pair
    }

    /// A word of a closed set, or a nested object that `body` reads.
    func choice<Choice: RawRepresentable & CaseIterable, Value>(
        _ name: String, of type: Choice.Type, _ value: (Choice) -> Value, orObject body: (FieldReader) -> Value
    ) -> Value? where Choice.RawValue == String {
        guard case .object(let nested) = fields[name] else { return choice(name, of: type).map(value) }
        known.append(name)
        let reader = FieldReader(nested, pointer: "\(pointer)/\(name)", violations: violations)
        let result = body(reader)
        reader.rejectUnknown()
        return result
    }

    /// A list of objects, each read by `body` through a reader of its own.
    func objects<Item>(_ name: String, count: ClosedRange<Int>, _ body: (FieldReader) -> Item?) -> [Item]? {
        guard let value = take(name) else { return nil }
        guard case .array(let items) = value else { return wrong(name, "a list of objects", value) }
        guard inBounds(items, name, count) else { return nil }
        return items.enumerated().compactMap { index, item in
            guard case .object(let fields) = item else {
                violations.add("\(pointer)/\(name)/\(index)", "must be an object; got \(item.kind)")
                return nil
            }
            let reader = FieldReader(fields, pointer: "\(pointer)/\(name)/\(index)", violations: violations)
            let read = body(reader)
            reader.rejectUnknown()
            return read
        }
    }

    /// The items of a list that may be written in more than one way, each with its place for messages.
    struct Items {
        fileprivate let values: [JSONValue]
        fileprivate let pointer: String
        fileprivate let reader: FieldReader

        /// Reads one item after the other; gives up at the first bad one, since the rest of a long list is likely as bad.
        func read<Item>(_ item: (JSONValue, Int) -> Item?) -> [Item]? {
            var items: [Item] = []
            items.reserveCapacity(values.count)
            for (index, value) in values.enumerated() {
                guard let read = item(value, index) else { return nil }
                items.append(read)
            }
            return items
        }

        func number(_ value: JSONValue, _ index: Int, in range: ClosedRange<Double>) -> Double? {
            reader.number(value, "\(pointer)/\(index)", in: range)
        }

        /// - Parameter expected: what an item may be, for the message where it is no object.
        func object<Item>(
            _ value: JSONValue, _ index: Int, _ expected: String, _ body: (FieldReader) -> Item?
        ) -> Item? {
            guard case .object(let fields) = value else {
                reader.violations.add("\(pointer)/\(index)", "must be \(expected); got \(FieldReader.describe(value))")
                return nil
            }
            let nested = FieldReader(fields, pointer: "\(pointer)/\(index)", violations: reader.violations)
            let item = body(nested)
            nested.rejectUnknown()
            return item
        }
    }

    func list<Item>(_ name: String, count: ClosedRange<Int>, _ read: (Items) -> [Item]?) -> [Item]? {
        guard let value = take(name) else { return nil }
        guard case .array(let items) = value else { return wrong(name, "a list", value) }
        guard inBounds(items, name, count) else { return nil }
        return read(Items(values: items, pointer: "\(pointer)/\(name)", reader: self))
    }

    /// A nested object; an empty one where it was not sent, so that every default of its fields applies.
    func object(_ name: String) -> FieldReader {
        var nested: [String: JSONValue] = [:]
        if let value = take(name) {
            if case .object(let fields) = value {
                nested = fields
            } else {
                let _: Never? = wrong(name, "an object", value)
            }
        }
        return FieldReader(nested, pointer: "\(pointer)/\(name)", violations: violations)
    }

    /// Notes a violation for a field that must be there.
    func require(_ names: String...) {
        for name in names where !has(name) {
            known.append(name)
            reject(name, "is required")
        }
    }

    /// Call once every field was asked for: what is left over is not a field of this object.
    func rejectUnknown() {
        for name in fields.keys.sorted() where !known.contains(name) {
            let allowed = Set(known).sorted().joined(separator: ", ")
            reject(Self.escaped(name), "is not a field here; the fields are: \(allowed)")
        }
    }

    // MARK: -

    private func take(_ name: String) -> JSONValue? {
        known.append(name)
        guard let value = fields[name], value != .null else { return nil }
        return value
    }

    private func wrong<Value>(_ name: String, _ expected: String, _ value: JSONValue) -> Value? {
        reject(name, "must be \(expected); got \(Self.describe(value))")
        return nil
    }

    private func integer(_ value: JSONValue, _ pointer: String, in range: ClosedRange<Int>) -> Int? {
        let whole: Int? =
            switch value {
            case .integer(let number): number
            case .number(let number): Int(exactly: number)
            default: nil
            }
        guard let whole, range.contains(whole) else {
            violations.add(
                pointer,
                "must be an integer from \(range.lowerBound) to \(range.upperBound); got \(Self.describe(value))")
            return nil
        }
        return whole
    }

    private func number(_ value: JSONValue, _ pointer: String, in range: ClosedRange<Double>) -> Double? {
        let number: Double? =
            switch value {
            case .integer(let whole): Double(whole)
            case .number(let number): number
            default: nil
            }
        guard let number, range.contains(number) else {
            violations.add(
                pointer,
                "must be a number from \(range.lowerBound) to \(range.upperBound); got \(Self.describe(value))")
            return nil
        }
        return number
    }

    private func tuple<Element>(
        _ name: String, _ expected: String, _ count: Int, _ read: (JSONValue, String) -> Element?
    ) -> [Element]? {
        guard let value = take(name) else { return nil }
        guard case .array(let items) = value, items.count == count else { return wrong(name, expected, value) }
        let elements = items.enumerated().compactMap { read($1, "\(pointer)/\(name)/\($0)") }
        return elements.count == count ? elements : nil
    }

    private func list<Element: Hashable>(
        _ name: String, count: ClosedRange<Int>, _ read: (JSONValue, String) -> Element?
    ) -> [Element]? {
        guard let value = take(name) else { return nil }
        guard case .array(let items) = value else { return wrong(name, "an array", value) }
        guard inBounds(items, name, count) else { return nil }
        var seen: Set<Element> = []
        var elements: [Element] = []
        for (index, item) in items.enumerated() {
            guard let element = read(item, "\(pointer)/\(name)/\(index)") else { continue }
            if seen.insert(element).inserted {
                elements.append(element)
            } else {
                violations.add("\(pointer)/\(name)/\(index)", "repeats \(element)")
            }
        }
        return elements.count == items.count ? elements : nil
    }

    private func inBounds(_ items: [JSONValue], _ name: String, _ count: ClosedRange<Int>) -> Bool {
        guard count.contains(items.count) else {
            reject(name, "must have \(count.lowerBound) to \(count.upperBound) items; got \(items.count)")
            return false
        }
        return true
    }

    /// The value itself where it is short, else its kind.
    private static func describe(_ value: JSONValue) -> String {
        switch value {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text) where text.utf8.count <= 40: "\"\(text)\""
        default: value.kind
        }
    }

    /// RFC 6901 §3: `~` and `/` are escaped in a JSON Pointer. Long names are cut.
    private static func escaped(_ name: String) -> String {
        String(name.prefix(64)).replacing("~", with: "~0").replacing("/", with: "~1")
    }
}
