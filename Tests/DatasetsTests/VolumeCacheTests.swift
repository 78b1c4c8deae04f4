import Dispatch
import Foundation
import Testing

@testable import Datasets

/// The file of packed volumes on disk: made once, checked when it is used, made anew when it is not whole.
@Suite struct VolumeCacheTests {
    private let set: VolumeSet
    private let manifest: DatasetManifest
    private let path: String

    init() throws {
        set = try VolumeSet()
        for id in ["a", "b", "c"] { try set.add(id) }
        try set.describe(["a", "b", "c"])
        manifest = try set.scan().manifest
        path = "\(set.cache)/\(manifest.dataHash)-stored.vols"
    }

    private func open(
        shouldStop: () -> Bool = { false }, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> PackedVolumes {
        try PackedVolumes(
            manifest: manifest, root: set.root, cacheDirectory: set.cache, shouldStop: shouldStop, progress: progress)
    }

    private func image(_ data: PackedVolumes, _ id: String) throws -> [Float] {
        try data.patch(of: id, origin: [0, 0, 0], size: [5, 6, 7]).image
    }

    private var bytes: [UInt8] { get throws { Array(try Data(contentsOf: URL(filePath: path))) } }

    private func inode() throws -> UInt64 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return UInt64(status.st_ino)
    }

    @Test func aSoundFileIsUsedAgainWithoutItsSource() throws {
        var steps: [String] = []
        let first = try open(progress: { steps.append("\($0)/\($1)") })
        #expect(steps == ["1/3", "2/3", "3/3"])
        let made = try inode()
        try FileManager.default.removeItem(atPath: set.root)
        let second = try open(shouldStop: { true }, progress: { steps.append("\($0)/\($1)") })
        #expect(try inode() == made && steps.count == 3)
        #expect(try image(first, "b") == image(second, "b"))
    }

    @Test(arguments: ["empty", "cut", "long", "magic", "spacing", "hash", "record", "old"])
    func aFileWithADamagedIndexIsMadeAnew(_ damage: String) throws {
        _ = try open()
        let whole = try bytes
        var damaged = whole
        switch damage {
        case "empty": damaged = []
        case "cut": damaged.removeLast()
        case "long": damaged.append(0)
        case "magic": damaged[0] ^= 1
        case "spacing": damaged[40] ^= 1
        case "hash": damaged[60] ^= 1
        case "record": damaged[200] ^= 1
        default: damaged[13] = UInt8(ascii: "0")
        }
        #expect(damaged != whole)
        try Data(damaged).write(to: URL(filePath: path))
        _ = try open()
        #expect(try bytes == whole)
    }

    @Test func aDamagedCaseIsFoundWhenItIsUsedAndMadeAnewNextTime() throws {
        _ = try open()
        let whole = try bytes
        var damaged = whole
        damaged[whole.count - 100] ^= 1
        try Data(damaged).write(to: URL(filePath: path))
        let data = try open()
        #expect(try image(data, "a").count == 210)
        for _ in 0..<2 {
            let error = try #require(throws: DatasetError.self) { try image(data, "c") }
            guard case .io(let where_, _, let code) = error else { return #expect(Bool(false), "\(error)") }
            #expect(where_ == path && code == EIO)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        _ = try image(try open(), "c")
        #expect(try bytes == whole)
    }

    @Test func aChangedSourceIsRefused() throws {
        func refusal() throws -> String {
            let error = try #require(throws: DatasetError.self) { try open() }
            guard case .changed(let detail) = error else { return "\(error) is of another kind" }
            return detail
        }
        try set.writeImage("imagesTr/b.nii.gz", add: 2)
        #expect(
            try refusal().hasSuffix("imagesTr/b.nii.gz has changed since it was registered: register the data set anew")
        )
        try set.remove("imagesTr/b.nii.gz")
        #expect(try refusal().contains("imagesTr/b.nii.gz is gone"))
        try FileManager.default.removeItem(atPath: set.root)
        #expect(try refusal().contains("is gone"))
        // Nothing half-made stays behind.
        let left = try FileManager.default.contentsOfDirectory(atPath: set.cache)
        #expect(left.allSatisfy { $0.hasSuffix(".lock") })
    }

    @Test func packingAndWaitingCanBeCancelled() throws {
        func isCancelled(_ body: () throws -> PackedVolumes) -> Bool {
            if case .cancelled? = #expect(throws: DatasetError.self, performing: body) { true } else { false }
        }
        var calls = 0
        #expect(
            isCancelled {
                try open(shouldStop: {
                    calls += 1
                    return calls == 2
                })
            })
        let left = try FileManager.default.contentsOfDirectory(atPath: set.cache)
        #expect(left == ["\(manifest.dataHash)-stored.vols.lock"])
        let lock = Glibc.open(path + ".lock", O_RDWR)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        #expect(isCancelled { try open(shouldStop: { true }) })
    }

    @Test func manyAtOncePackOnceAndAgree() throws {
        let alone = try image(try open(), "b")
        try FileManager.default.removeItem(atPath: path)
        let lock = NSLock()
        nonisolated(unsafe) var seen: Set<String> = []
        DispatchQueue.concurrentPerform(iterations: 5) { _ in
            let found: String
            do {
                found = "\(try image(try open(), "b") == alone) \(try inode())"
            } catch {
                found = "\(error)"
            }
            _ = lock.withLock { seen.insert(found) }
        }
        #expect(seen == ["true \(try inode())"])
    }

    @Test func eachSpacingHasItsOwnFile() throws {
        let stored = try open()
        let other = try PackedVolumes(
            manifest: manifest, root: set.root, spacing: [3, 2, 2], cacheDirectory: set.cache)
        #expect(try stored.extent(of: "a") == [5, 6, 7] && other.extent(of: "a") == [5, 6, 4])
        // Opened again, neither is taken for the other.
        #expect(try open().extent(of: "a") == [5, 6, 7])
    }
}
