import Foundation

/// The files of one folder by stem, with what stands in the way.
struct FolderListing {
    private static let imageEndings: Set<String> = ["jpg", "jpeg", "png"]

    /// File names by stem.
    private(set) var files: [String: String] = [:]
    private(set) var problems: [DatasetProblem] = []

    /// - Parameters:
    ///   - root: canonical; a link that leads out of it is a problem.
    ///   - folder: its name inside.
    init(root: String, folder: String) throws {
        let path = root + "/" + folder
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw DatasetError.io(path: path, operation: "list", code: EACCES)
        }
        for name in names where !name.hasPrefix(".") {
            let file = folder + "/" + name
            let ending = name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
            guard Self.imageEndings.contains(ending) else {
                problems.append(.init(file: file, reason: .unsupportedType, detail: "is not a .jpg, .jpeg or .png file"))
                continue
            }
            guard let canonical = DataRoots.canonical(root + "/" + file), DataRoots.isInside(canonical, root) else {
                problems.append(
                    .init(file: file, reason: .outsideRoot, detail: "is a link that leads nowhere or out of the data set's folder"))
                continue
            }
            let stem = String(name.dropLast(ending.count + 1))
            if let other = files[stem] {
                problems.append(
                    .init(file: file, reason: .duplicateStem, detail: "has the same stem as \(other); keep one of them"))
            } else {
                files[stem] = name
            }
        }
    }
}
