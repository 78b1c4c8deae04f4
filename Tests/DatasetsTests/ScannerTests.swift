import Foundation
import Testing

@testable import Datasets

@Suite struct ScannerTests {
    @Test func aSoundSetHasNoProblems() throws {
        let set = try TemporarySet()
        try set.add("b", width: 10, height: 6)
        try set.add("a", width: 8, height: 8)
        try set.write("anything", to: "images/.hidden")
        let scan = try set.scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.channels == 1 && scan.manifest.dimensions == 2)
        #expect(scan.manifest.cases.map(\.id) == ["a", "b"])
        let second = scan.manifest.cases[1]
        #expect(second.extent == [6, 10])
        #expect(second.group == "b" && second.foreground == 0.5)
        let bytes = try Data(contentsOf: URL(filePath: set.root + "/images/b.png"))
        #expect(second.images[0].sha256 == SHA256Digest.hex(Array(bytes)))
        #expect(SHA256Digest.hex(Array("abc".utf8)).hasPrefix("ba7816bf8f01cfea"))
    }

    @Test func eachKindOfBadFileIsNamed() throws {
        let set = try TemporarySet()
        try set.add("good")
        for stem in ["broken", "odd", "twice", "text"] { try set.add(stem) }
        try set.write([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2], to: "images/broken.png")
        try set.write(try TemporarySet.png(width: 8, height: 9) { _, _ in [255] }, to: "masks/odd.png")
        try set.write(SmallJPEG.grey, to: "images/twice.jpg")
        try set.write("hello", to: "masks/text.png")
        try set.write(SmallJPEG.grey, to: "images/lonely.jpg")
        try set.write(SmallJPEG.grey, to: "masks/orphan.JPEG")
        try set.write("x", to: "images/notes.txt")
        try set.write("x", to: "masks/Makefile")
        try set.write(SmallJPEG.cmyk, to: "images/print.jpg")
        try set.write(SmallJPEG.grey, to: "masks/print.jpg")
        try set.write([], to: "images/empty.png")
        try set.write([], to: "masks/empty.png")
        let scan = try set.scan()
        #expect(
            scan.problems.map { "\($0.file) \($0.reason.rawValue)" } == [
                "images/broken.png undecodable", "images/empty.png undecodable", "images/lonely.jpg no_mask",
                "images/notes.txt unsupported_type", "images/print.jpg unsupported_type",
                "images/twice.png duplicate_stem",
                "masks/Makefile unsupported_type", "masks/empty.png undecodable", "masks/odd.png size_mismatch",
                "masks/orphan.JPEG no_image", "masks/text.png undecodable", "masks/twice.png size_mismatch",
            ])
        // Left out, what remains is sound.
        #expect(scan.manifest.cases.map(\.id) == ["good"])
        let mismatch = try #require(scan.problems.first { $0.file == "masks/odd.png" })
        #expect(mismatch.detail == "is 8×9, its image 8×8")
    }

    @Test func theRestOfASetHashesAsIfTheBadFilesWereNeverThere() throws {
        let (whole, damaged) = (try TemporarySet(), try TemporarySet())
        for set in [whole, damaged] { for stem in ["a", "b", "c"] { try set.add(stem) } }
        try damaged.add("d")
        try damaged.write("x", to: "images/d.png")
        #expect(try damaged.scan().manifest == whole.scan().manifest)
        #expect(try damaged.problems() == ["images/d.png undecodable"])
    }

    @Test func filesBeyondTheLimitsAreTooLarge() throws {
        let set = try TemporarySet()
        try set.add("good")
        try set.add("wide")
        try set.write(HandmadePNG(width: 900_000, height: 900_000, colour: .rgb).bytes, to: "images/wide.png")
        try set.add("heavy")
        try set.write([UInt8](repeating: 0, count: 5001), to: "images/heavy.png")
        var limits = DatasetScanner.Limits()
        limits.fileBytes = 5000
        #expect(try set.problems(limits: limits) == ["images/heavy.png too_large", "images/wide.png too_large"])
        limits.files = 2
        #expect(throws: DatasetError.self) { try set.scan(limits: limits) }
        limits.files = 3
        #expect(try set.scan(limits: limits).manifest.cases.map(\.id) == ["good"])
    }

    @Test func linksMayNotLeadOutOfTheFolder() throws {
        let set = try TemporarySet()
        try set.add("good")
        let image = try TemporarySet.png(width: 8, height: 8) { _, _ in [9] }
        try Data(image).write(to: URL(filePath: set.outside + "/secret.png"))
        try set.link("images/out.png", to: set.outside + "/secret.png")
        try set.link("images/up.png", to: "../../outside/secret.png")
        try set.link("images/nowhere.png", to: "gone.png")
        try set.link("images/loop.png", to: "loop.png")
        try set.link("images/inside.png", to: "good.png")
        try set.link("masks/inside.png", to: set.root + "/masks/good.png")
        let scan = try set.scan()
        #expect(
            scan.problems.map { "\($0.file) \($0.reason.rawValue)" }
                == ["loop", "nowhere", "out", "up"].map { "images/\($0).png outside_root" })
        #expect(scan.manifest.cases.map(\.id) == ["good", "inside"])
    }

    @Test func anOpenedFileOutsideIsRefusedHoweverItWasReached() throws {
        let set = try TemporarySet()
        try set.add("good")
        try Data([1, 2, 3]).write(to: URL(filePath: set.outside + "/secret"))
        try set.link("images/swapped.png", to: set.outside + "/secret")
        // As if the link had come after the listing.
        let failure = try #require(throws: FileFailure.self) {
            try FileBytes.read("images/swapped.png", root: set.root, limit: 100)
        }
        #expect(failure.reason == .outsideRoot)
    }

    @Test func aFolderThatLeadsOutIsRefusedWithoutNamingWhatIsThere() throws {
        let set = try TemporarySet()
        try set.remove("images")
        try Data([1]).write(to: URL(filePath: set.outside + "/private.png"))
        try set.link("images", to: set.outside)
        let error = try #require(throws: DatasetError.self) { try set.scan() }
        #expect(error.description.contains("leads out"))
        #expect(!error.description.contains("private"))
    }

    @Test func pipesAndFoldersAreNoImages() throws {
        let set = try TemporarySet()
        try set.add("good")
        for stem in ["pipe", "folder"] { try set.add(stem) }
        try set.remove("images/pipe.png")
        try set.remove("images/folder.png")
        #expect(mkfifo(set.root + "/images/pipe.png", 0o600) == 0)
        #expect(mkdir(set.root + "/images/folder.png", 0o700) == 0)
        // Were the pipe opened as a file, this would wait for ever.
        #expect(try set.problems() == ["images/folder.png unreadable", "images/pipe.png unreadable"])
    }

    @Test func namesThatAreNotPlainTextAreNamed() throws {
        let set = try TemporarySet()
        try set.add("good")
        for name in ["a\u{ff}.png", "line\nbreak.png"] {
            // Latin-1: the first is no UTF-8.
            let path = Array((set.root + "/images/").utf8) + name.unicodeScalars.map { UInt8($0.value) } + [0]
            let descriptor = path.withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { open($0.baseAddress!, O_CREAT | O_WRONLY, 0o600) }
            }
            #expect(descriptor >= 0)
            close(descriptor)
        }
        #expect(try set.problems() == ["images/a\u{fffd}.png unreadable", "images/line\nbreak.png unreadable"])
    }

    @Test func emptyMasksAreAllowedButNotAllOfThem() throws {
        let set = try TemporarySet()
        try set.add("a")
        try set.write(try TemporarySet.png(width: 8, height: 8) { _, _ in [1] }, to: "masks/a.png")
        let error = try #require(throws: DatasetError.self) { try set.scan() }
        #expect(error.description.contains("255 for foreground"))
        try set.add("b")
        let scan = try set.scan()
        #expect(scan.problems.isEmpty)
        #expect(scan.manifest.cases.map(\.foreground) == [0, 0.5])
    }

    @Test func masksCountFromHalfOfTheRangeUp() throws {
        let set = try TemporarySet()
        try set.add("a", width: 4, height: 1)
        try set.write(try TemporarySet.png(width: 4, height: 1) { x, _ in [[0, 127, 128, 255][x]] }, to: "masks/a.png")
        #expect(try set.scan().manifest.cases.map(\.foreground) == [0.5])
    }

    @Test func oneColourImageMakesTheSetColour() throws {
        let set = try TemporarySet()
        try set.add("a")
        #expect(try set.scan().manifest.channels == 1)
        try set.add("b")
        try set.write(try TemporarySet.png(width: 8, height: 8) { _, _ in [1, 2, 3] }, to: "images/b.png")
        #expect(try set.scan().manifest.channels == 3)
        // A colour mask is read as grey.
        try set.remove("images/b.png")
        try set.remove("masks/b.png")
        try set.write(try TemporarySet.png(width: 8, height: 8) { _, _ in [255, 255, 255] }, to: "masks/a.png")
        let scan = try set.scan()
        #expect(scan.manifest.channels == 1 && scan.manifest.cases[0].foreground == 1)
    }

    @Test func aWrongLayoutSaysWhatIsMissing() throws {
        let set = try TemporarySet()
        let empty = try #require(throws: DatasetError.self) { try set.scan() }
        #expect(empty.description.contains("holds no images"))
        try set.remove("masks")
        let missing = try #require(throws: DatasetError.self) { try set.scan() }
        #expect(missing.description.contains("missing: masks; found: images"))
        let gone = try #require(throws: DatasetError.self) {
            try DatasetScanner().scan(root: set.root + "/nothing", layout: .imageMask)
        }
        #expect(gone.description.contains("is not a folder"))
    }

    @Test func threadsChangeNothingAndEveryCaseIsReported() throws {
        let set = try TemporarySet()
        for index in 0..<9 { try set.add("case\(index)", value: UInt8(index)) }
        let one = try DatasetScanner(threads: 1).scan(root: set.root, layout: .imageMask).manifest
        let seen = Progress()
        let many = try DatasetScanner(threads: 5).scan(root: set.root, layout: .imageMask) { seen.add($0, $1) }.manifest
        #expect(one == many)
        #expect(seen.sorted == (1...9).map { "\($0)/9" })
    }

    /// `@unchecked Sendable`: the list is guarded by the lock.
    private final class Progress: @unchecked Sendable {
        private let lock = NSLock()
        private var seen: [String] = []
        func add(_ done: Int, _ all: Int) { lock.withLock { seen.append("\(done)/\(all)") } }
        var sorted: [String] { lock.withLock { seen.sorted() } }
    }
}
