import HTTPTypes

/// What a client makes its request depend on (RFC 9110 §13).
///
/// For GET and HEAD the server evaluates them itself once a handler has answered 200 with an `ETag` or `Last-Modified`. A
/// handler asks before that to spare itself the making of an answer, and must ask before it changes anything.
public struct Preconditions: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// Go on.
        case met
        /// Answer 304 with this `ETag`, the one that the client has.
        case notModified(eTag: String?)
        /// Answer 412 and change nothing.
        case failed
    }

    private let headers: HTTPFields
    private let isReading: Bool

    public init(_ request: HTTPServerRequest) {
        headers = request.headers
        isReading = request.method == .get || request.method == .head
    }

    /// By the order of RFC 9110 §13.2.2.
    /// - Parameters:
    ///   - eTag: of the representation as it is, uncoded; nil where there is none.
    ///   - lastModified: as in `Last-Modified`; what is no date counts as none.
    ///   - exists: whether there is anything at the target now. The default is true.
    public func evaluate(eTag: String?, lastModified: String? = nil, exists: Bool = true) -> Outcome {
        let modified = lastModified.flatMap { HTTPDate($0) }
        if headers.contains(.ifMatch) {
            let ifMatch = headers[values: .ifMatch]
            guard Self.match(ifMatch, eTag, exists: exists, strongly: true) != .none else { return .failed }
        } else if let modified, let date = date(.ifUnmodifiedSince), modified > date {
            return .failed
        }
        let ifNoneMatch = headers[values: .ifNoneMatch]
        if !ifNoneMatch.isEmpty {
            switch Self.match(ifNoneMatch, eTag, exists: exists, strongly: false) {
            case .none: break
            case .any: return isReading ? .notModified(eTag: eTag) : .failed
            case .tag(let known): return isReading ? .notModified(eTag: known) : .failed
            }
        } else if isReading, let modified, let date = date(.ifModifiedSince), modified <= date {
            return .notModified(eTag: eTag)
        }
        return .met
    }

    /// Whether there is anything to evaluate.
    var areThere: Bool {
        headers.contains(.ifNoneMatch) || headers.contains(.ifMatch) || headers.contains(.ifModifiedSince)
            || headers.contains(.ifUnmodifiedSince)
    }

    /// RFC 9110 §13.1.5: whether a range may be taken from the representation that there is now.
    func rangeIsCurrent(eTag: String?, lastModified: String?) -> Bool {
        guard let value = headers[.ifRange] else { return true }
        if let asked = EntityTag(value) {
            return eTag.flatMap { EntityTag($0) }.map(asked.stronglyMatches) ?? false
        }
        // A date must be the very one, and is as good as a strong validator only where it is.
        guard let asked = HTTPDate(value), let modified = lastModified.flatMap({ HTTPDate($0) }) else { return false }
        return asked == modified
    }

    /// RFC 9110 §13.1.3 and 4: several fields or no date count for nothing.
    private func date(_ name: HTTPField.Name) -> HTTPDate? { headers[name].flatMap { HTTPDate($0) } }

    private enum Match: Equatable {
        case none
        /// `*`, and there is something.
        case any
        /// The client's tag.
        case tag(String)
    }

    /// A tag that the gzip coding of the representation had stands for the representation.
    private static func match(_ values: [String], _ eTag: String?, exists: Bool, strongly: Bool) -> Match {
        guard exists else { return .none }
        // What nearly every client that has something sends.
        if !strongly, values.count == 1, let eTag, values[0] == eTag { return .tag(eTag) }
        guard case .tags(let tags) = EntityTagList(values) else { return .any }
        guard let tag = eTag.flatMap({ EntityTag($0) }) else { return .none }
        let known = tags.first { known in
            let plain = known.opaque == tag.opaque ? known : known.uncoded
            return strongly ? plain.stronglyMatches(tag) : plain.opaque == tag.opaque
        }
        return known.map { .tag($0.text) } ?? .none
    }
}
