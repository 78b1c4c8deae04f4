import Foundation

/// The folders from which data sets may be registered.
public struct DataRoots: Sendable {
    private let roots: [String]

    /// - Parameter roots: none means that nothing is bound.
    /// - Throws: `DatasetError.pathNotAllowed` where a root does not exist.
    public init(_ roots: [String]) throws {
        self.roots = try roots.map { root in
            guard let canonical = Self.canonical(root) else {
                throw DatasetError.pathNotAllowed("the data root \(root) does not exist")
            }
            return canonical
        }
    }

    public var isEmpty: Bool { roots.isEmpty }

    /// The path without symbolic links and `..`, when it lies under a root.
    ///
    /// - Throws: `DatasetError.pathNotAllowed`. A path outside gives the same answer whether it exists or not.
    public func resolve(_ path: String) throws -> String {
        guard path.hasPrefix("/") else {
            throw DatasetError.pathNotAllowed("the path must be absolute, as the server sees it; got \"\(path)\"")
        }
        let canonical = Self.canonical(path)
        let place = canonical ?? Self.nearest(path)
        guard roots.isEmpty || roots.contains(where: { root in place.map { Self.isInside($0, root) } ?? false }) else {
            throw DatasetError.pathNotAllowed(
                "\(path) is outside the folders that this server takes data from: \(roots.joined(separator: ", ")). "
                    + "Move the data there, or have the operator add --data-root.")
        }
        guard let canonical else { throw DatasetError.pathNotAllowed("there is no folder \(path) on the server") }
        return canonical
    }

    /// Whether `path` is `root` or lies below it; both canonical.
    static func isInside(_ path: String, _ root: String) -> Bool {
        path == root || path.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }

    /// Where a path to nothing would lie; nil when that depends on what cannot be seen: a link that leads nowhere, or
    /// `..` after a folder that does not exist.
    private static func nearest(_ path: String) -> String? {
        var components = path.split(separator: "/")
        var rest: [Substring] = []
        while let last = components.popLast() {
            var status = stat()
            guard last != "..", lstat("/" + (components + [last]).joined(separator: "/"), &status) != 0 else {
                return nil
            }
            rest.insert(last, at: 0)
            if let folder = canonical("/" + components.joined(separator: "/")) {
                return ([folder == "/" ? "" : folder] + rest.map(String.init)).joined(separator: "/")
            }
        }
        return nil
    }

    /// Nil when there is nothing at the path.
    static func canonical(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
