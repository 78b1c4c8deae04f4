/// One page of a list, oldest or newest first as the list says, and where the next page begins.
public struct Slice<Item: Sendable>: Sendable {
    public var items: [Item]
    /// Nil on the last page.
    public var nextCursor: String?
}

/// Cursors are opaque to callers; inside they are the last row's sequence number in base 36.
enum Cursor {
    static func decode(_ text: String?) throws -> Int64? {
        guard let text else { return nil }
        guard text.hasPrefix("c"), let seq = Int64(text.dropFirst(), radix: 36), seq >= 0 else {
            throw StorageError.invalidCursor
        }
        return seq
    }

    static func encode(_ seq: Int64) -> String { "c" + String(seq, radix: 36) }

    /// Cuts `limit` + 1 fetched rows down to a page.
    static func slice<Row, Item>(
        _ rows: [Row], limit: Int, seq: (Row) -> Int64, item: (Row) throws -> Item
    ) rethrows -> Slice<Item> {
        let page = rows.prefix(limit)
        return Slice(
            items: try page.map(item),
            nextCursor: rows.count > limit ? page.last.map { encode(seq($0)) } : nil)
    }
}
