import Glibc

/// The files of one folder by stem, with what stands in the way.
struct FolderListing {
    /// What is to be found in a folder.
    struct Kind {
        /// After the stem and a dot, in lower case; the longer of two that fit is taken.
        var endings: [String]
        /// For what is none of them; nil where such files are nobody's business.
        var complaint: String?

        static let images = Kind(endings: ["jpg", "jpeg", "png"], complaint: "is not a .jpg, .jpeg or .png file")
        static let volumes = Kind(endings: ["nii.gz", "nii"], complaint: "is not a .nii or .nii.gz file")
        /// Beside which there are tables and licences.
        static let volumesAmongOthers = Kind(endings: volumes.endings)
    }

    /// File names by stem.
    private(set) var files: [String: String] = [:]
    private(set) var problems: [DatasetProblem] = []

    /// - Parameters:
    ///   - root: canonical; a link that leads out of it is a problem.
    ///   - folder: its name inside.
    ///   - kind: of its files.
    ///   - limit: of entries.
    /// - Throws: `DatasetError.wrongLayout` when the folder itself lies outside or holds more than `limit` entries.
    init(root: String, folder: String, kind: Kind, limit: Int) throws {
        let path = root + "/" + folder
        // Refused as a whole: the problems would name files of a folder that is not the data set's.
        guard let canonical = DataRoots.canonical(path), DataRoots.isInside(canonical, root) else {
            throw DatasetError.wrongLayout("\(path) is a link that leads out of the data set's folder")
        }
        for name in try Self.names(path, limit: limit).sorted() where !name.hasPrefix(".") {
            add(name, root: root, folder: folder, kind: kind)
        }
    }

    private mutating func add(_ name: String, root: String, folder: String, kind: Kind) {
        let file = folder + "/" + name
        guard Self.isPlain(name)
        else {
            problems.append(
                .init(file: file, reason: .unreadable, detail: "has a name that is not plain UTF-8 text; rename it"))
            return
        }
        let lowered = name.lowercased()
        guard let ending = kind.endings.first(where: { lowered.hasSuffix("." + $0) }) else {
            if let complaint = kind.complaint {
                problems.append(.init(file: file, reason: .unsupportedType, detail: complaint))
            }
            return
        }
        guard let canonical = DataRoots.canonical(root + "/" + file), DataRoots.isInside(canonical, root) else {
            problems.append(
                .init(
                    file: file, reason: .outsideRoot,
                    detail: "is a link that leads nowhere or out of the data set's folder"))
            return
        }
        let stem = String(name.dropLast(ending.count + 1))
        if let other = files[stem] {
            problems.append(
                .init(file: file, reason: .duplicateStem, detail: "has the same stem as \(other); keep one of them"))
        } else {
            files[stem] = name
        }
    }

    /// Names that were not UTF-8 were mended with U+FFFD, and lead nowhere.
    static func isPlain(_ name: String) -> Bool {
        !name.unicodeScalars.contains { $0 == "\u{fffd}" || $0.properties.generalCategory == .control }
    }

    /// - Throws: `DatasetError.wrongLayout` where there are more than `limit`, `.io` where the system refuses.
    static func names(_ path: String, limit: Int) throws -> [String] {
        guard let folder = opendir(path) else { throw DatasetError.io(path: path, operation: "list", code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        errno = 0
        while let entry = readdir(folder) {
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            // Within bounds: readdir ends the name with a zero.
            let name = String(cString: UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
            guard names.count <= limit else {
                throw DatasetError.wrongLayout("\(path) holds more than \(limit) files")
            }
            errno = 0
        }
        guard errno == 0 else { throw DatasetError.io(path: path, operation: "list", code: errno) }
        return names
    }
}
