/// A validator of a representation (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable {
    /// With its quotes.
    public var opaque: String
    public var isWeak: Bool

    /// - Returns: nil where the text is not one tag, such as `"abc"` or `W/"abc"`.
    public init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        guard let tag = EntityTag(from: &rest), rest.isEmpty else { return nil }
        self = tag
    }

    /// Takes a tag from the front; takes nothing where there is none.
    init?(from rest: inout ArraySlice<UInt8>) {
        let weak = Array("W/".utf8)
        isWeak = rest.starts(with: weak)
        let quoted = isWeak ? rest.dropFirst(weak.count) : rest
        guard quoted.first == UInt8(ascii: "\""),
            let end = quoted.dropFirst().firstIndex(of: UInt8(ascii: "\"")),
            quoted[quoted.startIndex + 1..<end].allSatisfy({ $0 > 0x20 && $0 != 0x7f })
        else { return nil }
        opaque = String(decoding: quoted[...end], as: UTF8.self)
        rest = quoted[(end + 1)...]
    }

    public var text: String { isWeak ? "W/" + opaque : opaque }

    /// RFC 9110 §8.8.3.2: equal, and neither is weak.
    func stronglyMatches(_ other: EntityTag) -> Bool { !isWeak && !other.isWeak && opaque == other.opaque }

    private static let gzipEnding = "-gzip\""

    /// The strong tag of the same representation in gzip coding, which is another sequence of bytes (RFC 9110 §8.8.3.3).
    var inGzip: EntityTag {
        var tag = self
        if !isWeak { tag.opaque = opaque.dropLast() + Self.gzipEnding }
        return tag
    }

    /// The tag without what `inGzip` added.
    var uncoded: EntityTag {
        var tag = self
        if opaque.hasSuffix(Self.gzipEnding) { tag.opaque = opaque.dropLast(Self.gzipEnding.utf8.count) + "\"" }
        return tag
    }
}

/// What stands in If-Match and If-None-Match.
enum EntityTagList {
    case any
    case tags([EntityTag])

    /// - Parameter values: of all fields of that name. What is no tag ends the list: it can match nothing.
    init(_ values: [String]) {
        var tags: [EntityTag] = []
        for value in values {
            if Characters.trim(Array(value.utf8)[...]).elementsEqual("*".utf8) {
                self = .any
                return
            }
            var rest = Array(value.utf8)[...]
            while true {
                rest = rest.drop { Characters.isSpace($0) || $0 == UInt8(ascii: ",") }
                guard let tag = EntityTag(from: &rest) else { break }
                tags.append(tag)
            }
        }
        self = .tags(tags)
    }
}
