/// `?cursor=&limit=` of a list.
struct PageRequest {
    var cursor: String?
    var limit: Int

    /// - Parameter more: reads the list's own parameters.
    init(_ query: QueryReader, _ more: (QueryReader) -> Void) throws {
        cursor = query.text("cursor", length: 1...64)
        limit = query.integer("limit", in: 1...200) ?? 50
        more(query)
        try query.finish()
    }
}
