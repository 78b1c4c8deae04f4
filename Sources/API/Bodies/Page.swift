/// One page of a list. `nextCursor` is null on the last page; else it is the `cursor` of the next request.
public struct Page<Item: Codable & Sendable>: Codable, Sendable {
    public var items: [Item]
    @OrNull public var nextCursor: String?

    public init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}
