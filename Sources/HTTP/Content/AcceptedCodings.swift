/// What `Accept-Encoding` says of gzip (RFC 9110 §12.5.3).
enum AcceptedCodings {
    /// Whether the client wants gzip rather than nothing: it names it or `*`, not with `q=0`, nor below `identity`.
    static func prefersGzip(_ values: [String]) -> Bool {
        var gzip: Int?
        var identity: Int?
        var any: Int?
        for member in RequestHead.members(values) {
            let parts = member.split(separator: ";").map { Characters.trim(Array($0.utf8)[...]) }
            guard let name = parts.first, let quality = quality(parts.dropFirst()) else { continue }
            switch String(decoding: name, as: UTF8.self) {
            case "gzip", "x-gzip": gzip = max(gzip ?? 0, quality)
            case "identity": identity = quality
            case "*": any = quality
            default: break
            }
        }
        guard let wanted = gzip ?? any, wanted > 0 else { return false }
        return wanted >= identity ?? 0
    }

    /// `q=0.5` in thousandths; 1000 without, nil where it cannot be read (RFC 9110 §12.4.2).
    private static func quality(_ parameters: ArraySlice<ArraySlice<UInt8>>) -> Int? {
        guard let weight = parameters.first(where: { $0.starts(with: "q=".utf8) }) else { return 1000 }
        let digits = String(decoding: weight.dropFirst(2), as: UTF8.self)
        guard digits.utf8.count <= 5, let number = Double(digits), (0...1).contains(number),
            digits.utf8.allSatisfy({ CharacterClass.digit.contains($0) || $0 == UInt8(ascii: ".") })
        else { return nil }
        return Int((number * 1000).rounded())
    }
}
