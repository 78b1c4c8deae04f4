import Dispatch
import Foundation
import Testing

@testable import Datasets

/// The file on disk: made once, by one, and made anew when it is not whole.
@Suite struct PackedCacheTests {
    private let set: TemporarySet
    private let manifest: DatasetManifest
    private let path: String

    init() throws {
        set = try TemporarySet()
        for index in 0..<4 { try set.add("case\(index)", value: UInt8(10 * index)) }
        manifest = try set.scan().manifest
        path = "\(set.cache)/\(manifest.dataHash)-4x4.pack"
    }

    private func open(shouldStop: () -> Bool = { false }) throws -> PackedDataset {
        try PackedDataset(
            manifest: manifest, root: set.root, height: 4, width: 4, cacheDirectory: set.cache, shouldStop: shouldStop)
    }

    private var bytes: [UInt8] { get throws { Array(try Data(contentsOf: URL(filePath: path))) } }

    private func inode() throws -> UInt64 {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return UInt64(status.st_ino)
    }

    @Test func aSoundFileIsUsedAgain() throws {
        let first = try open()
        let made = try inode()
        #expect(try bytes.count == 128 + 4 * 32)
        let second = try open(shouldStop: { true })
        #expect(try inode() == made)
        #expect(try second.batch(["case3"]).images == first.batch(["case3"]).images)
    }

    @Test(arguments: ["empty", "cut", "long", "header", "size", "pixel", "checksum", "old"])
    func aDamagedFileIsMadeAnew(_ damage: String) throws {
        _ = try open()
        let whole = try bytes
        var damaged = whole
        switch damage {
        case "empty": damaged = []
        case "cut": damaged.removeLast()
        case "long": damaged.append(0)
        case "header": damaged[0] ^= 1
        case "size": damaged[16] ^= 1
        case "pixel": damaged[200] ^= 1
        case "checksum": damaged[127] ^= 1
        default: damaged[13] = UInt8(ascii: "1")
        }
        #expect(damaged != whole)
        try Data(damaged).write(to: URL(filePath: path))
        _ = try open()
        #expect(try bytes == whole)
    }

    @Test func theRemainsOfAPackerThatDiedAreOverwritten() throws {
        try Data([1, 2, 3]).write(to: URL(filePath: path + ".part"))
        try Data().write(to: URL(filePath: path + ".lock"))
        _ = try open()
        let left = try FileManager.default.contentsOfDirectory(atPath: set.cache).sorted()
        #expect(left == ["\(manifest.dataHash)-4x4.pack", "\(manifest.dataHash)-4x4.pack.lock"])
    }

    @Test func manyAtOncePackOnceAndAgree() {
        let seen = Counter()
        DispatchQueue.concurrentPerform(iterations: 6) { _ in
            do {
                let batch = try open().batch(manifest.cases.map(\.id))
                // Who packs again leaves another file.
                seen.add("\(try inode()) \(batch.images) \(batch.masks)")
            } catch {
                seen.add("\(error)")
            }
        }
        #expect(seen.counts.values.sorted() == [6])
        #expect(seen.counts.keys.allSatisfy { $0.contains("[") })
    }

    @Test func onePacksWhileTheOtherWaits() throws {
        // first                          second
        // packs, stops at image 1
        //                                finds the lock taken, is asked whether to stop
        // goes on, ends
        //                                uses the file, having packed nothing
        let isPacking = DispatchSemaphore(value: 0)
        let isWaiting = DispatchSemaphore(value: 0)
        let hasEnded = DispatchSemaphore(value: 0)
        let secondEnded = DispatchSemaphore(value: 0)
        // Only so that a failure is one, rather than a test that never ends.
        @Sendable func reach(_ event: DispatchSemaphore) { #expect(event.wait(timeout: .now() + 60) == .success) }
        let (asks, inodes) = (Counter(), Counter())
        let second = Thread { [self] in
            reach(isPacking)
            let data = try? open(shouldStop: {
                if asks.add("second") == 1 {
                    isWaiting.signal()
                    reach(hasEnded)
                }
                return false
            })
            inodes.add(data == nil ? "failed" : "\((try? inode()) ?? 0)")
            secondEnded.signal()
        }
        second.start()
        _ = try open(shouldStop: {
            if asks.add("first") == 1 {
                isPacking.signal()
                reach(isWaiting)
            }
            return false
        })
        inodes.add("\(try inode())")
        hasEnded.signal()
        reach(secondEnded)
        #expect(asks.counts == ["first": 4, "second": 1])
        #expect(inodes.counts.values.sorted() == [2])
    }

    @Test func packingAndWaitingCanBeCancelled() throws {
        func isCancelled(_ body: () throws -> PackedDataset) -> Bool {
            if case .cancelled? = #expect(throws: DatasetError.self, performing: body) { true } else { false }
        }
        let calls = Counter()
        #expect(isCancelled { try open(shouldStop: { calls.add("call") == 3 }) })
        let left = try FileManager.default.contentsOfDirectory(atPath: set.cache)
        #expect(left.allSatisfy { $0.hasSuffix(".lock") })
        let lock = Glibc.open(path + ".lock", O_RDWR)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        #expect(isCancelled { try open(shouldStop: { true }) })
    }

    @Test func aCacheThatCannotBeWrittenIsNamed() throws {
        let error = try #require(throws: DatasetError.self) {
            try PackedDataset(
                manifest: manifest, root: set.root, height: 4, width: 4, cacheDirectory: set.cache + "/missing")
        }
        guard case .io(_, _, let code) = error else { return #expect(Bool(false), "\(error)") }
        #expect(code == ENOENT)
    }

    /// `@unchecked Sendable`: the dictionary is guarded by the lock.
    private final class Counter: @unchecked Sendable {
        private let lock = NSLock()
        private var values: [String: Int] = [:]
        var counts: [String: Int] { lock.withLock { values } }

        /// - Returns: how often it has been seen.
        @discardableResult func add(_ value: String) -> Int {
            lock.withLock {
                values[value, default: 0] += 1
                return values[value, default: 0]
            }
        }
    }
}
