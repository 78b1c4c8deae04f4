import Foundation
import Testing

@testable import Datasets

/// A real data set, never part of the project: `../shared/data/kvasir-seg` beside it.
@Suite struct KvasirTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../shared/data/kvasir-seg").standardizedFileURL.path
    private static let isPresent = FileManager.default.fileExists(atPath: folder + "/images")

    @Test(.enabled(if: isPresent, "Kvasir-SEG is not at ../shared/data/kvasir-seg beside the project"))
    func kvasirScansWithoutProblems() throws {
        let root = try DataRoots([]).resolve(Self.folder)
        let scan = try DatasetScanner().scan(root: root, layout: .imageMask)
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.cases.count == 708)
        #expect(scan.manifest.channels == 3)
        let shares = scan.manifest.cases.map(\.foreground).sorted()
        #expect(abs(shares[354] - 0.11) < 0.02)
        let widths = scan.manifest.cases.map { $0.extent[1] }
        #expect(widths.min() == 332 && widths.max() == 1920)
    }
}
