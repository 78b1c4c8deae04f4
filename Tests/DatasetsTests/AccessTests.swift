import Foundation
import Glibc
import TestSupport
import Testing

@testable import Datasets

/// What a data set's folder may hold to get at other files, to keep the server waiting, or to fill its memory.
@Suite struct AccessTests {
    private func refusal(_ file: String, root: String) throws -> DatasetProblem.Reason {
        try #require(throws: FileFailure.self) { try FileBytes.read(file, root: root, limit: 100) }.reason
    }

    @Test func pathsThatClimbOutAreRefused() throws {
        let set = try TemporarySet()
        try Data([1, 2, 3]).write(to: URL(filePath: set.outside + "/secret"))
        try set.write([4, 5], to: "images/own")
        try set.link("images/folder", to: set.outside)
        for file in ["../outside/secret", "images/../../outside/secret", "images/folder/secret"] {
            #expect(try refusal(file, root: set.root) == .outsideRoot, "\(file)")
        }
        // A neighbour whose name begins as the folder's does.
        try FileManager.default.createDirectory(atPath: set.root + "-other", withIntermediateDirectories: true)
        try Data([1]).write(to: URL(filePath: set.root + "-other/x"))
        #expect(try refusal("../set-other/x", root: set.root) == .outsideRoot)
        #expect(try FileBytes.read("masks/../images/own", root: set.root, limit: 100) == [4, 5])
    }

    /// As if someone turned the file into a link after it was registered.
    @Test func aFileThatBecameALinkAfterItsRegistrationIsNotRead() throws {
        let set = try TemporarySet()
        try set.add("good")
        let scan = try set.scan()
        let image = try #require(scan.manifest.cases.first?.images.first)
        let bytes = try Data(contentsOf: URL(filePath: set.root + "/" + image.path))
        // With the very bytes that were registered.
        try bytes.write(to: URL(filePath: set.outside + "/same.png"))
        try set.remove(image.path)
        try set.link(image.path, to: set.outside + "/same.png")
        let error = try #require(throws: DatasetError.self) {
            try RegisteredFile(image, root: set.root).decode(limit: 1 << 20) { $0 }
        }
        #expect(error.description.contains("leads out of the data set's folder"))
    }

    /// Reading a device may never end, opening one may set it going, and opening a pipe waits for whoever writes to it.
    @Test(.timeLimit(.minutes(1))) func devicesAndPipesAreNeverOpened() throws {
        for device in ["zero", "null", "full", "random"] {
            #expect(try refusal(device, root: "/dev") == .unreadable, "\(device)")
        }
        let set = try TemporarySet()
        try set.add("good")
        try set.add("pipe")
        try set.remove("images/pipe.png")
        #expect(mkfifo(set.outside + "/pipe", 0o600) == 0)
        // A hard link has no target that could lie elsewhere: what it is, is all that tells.
        #expect(Glibc.link(set.outside + "/pipe", set.root + "/images/pipe.png") == 0)
        #expect(try set.problems() == ["images/pipe.png unreadable"])
        #expect(mkfifo(set.root + "/groups.csv", 0o600) == 0)
        #expect(try set.scan().problems.map(\.reason) == [.badGroups, .unreadable])
    }
}
