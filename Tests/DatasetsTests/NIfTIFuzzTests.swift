import Foundation
import Testing

@testable import Datasets

/// Damaged volumes must be refused or read as what they declare; a crash would end the test run.
@Suite struct NIfTIFuzzTests {
    /// More by hand: `PLATEAU_FUZZ_CASES=5000 swift test --filter NIfTIFuzzTests`.
    private static let cases = ProcessInfo.processInfo.environment["PLATEAU_FUZZ_CASES"].flatMap { Int($0) } ?? 300
    private static let limit = 10_000

    private static var files: [(name: String, bytes: [UInt8])] {
        get throws {
            let plain = HandmadeNIfTI(
                dimensions: [3, 7, 6, 5], type: .int16, slope: 2, intercept: 1,
                sform: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], voxels: (0..<210).map { Double($0 % 99) })
            let turned = HandmadeNIfTI(
                dimensions: [4, 3, 3, 3, 3], type: .float64, isBigEndian: true, qform: [0, 1, 0, 0, 0, 0],
                voxels: (0..<81).map(Double.init))
            return [
                ("plain", plain.bytes), ("turned", turned.bytes), ("packed", try Gzip.packed(plain.bytes)),
                ("packed twice", try Gzip.packed(turned.bytes) + Gzip.packed([])),
            ]
        }
    }

    /// Reads all of it, and expects to have seen what was declared.
    private func read(_ bytes: [UInt8], _ name: String) throws(FileFailure) {
        let file = try NIfTIFile(bytes, valueLimit: Self.limit)
        var count = 0
        try file.forEachPiece(of: 100) { piece throws(FileFailure) in count += piece.count }
        #expect(count == file.header.values && count <= Self.limit, "\(name)")
        #expect(file.header.spacing.count == 3, "\(name)")
        #expect(file.header.spacing.allSatisfy { $0 > 0 && $0.isFinite }, "\(name)")
    }

    @Test func everyTruncationIsRefused() throws {
        for (name, file) in try Self.files where name != "packed twice" {
            for count in 0..<file.count {
                #expect(throws: FileFailure.self, "\(name), the first \(count) bytes") {
                    try read(Array(file.prefix(count)), name)
                }
            }
        }
    }

    @Test func flippedBytesNeverGoOutOfBounds() throws {
        for (name, file) in try Self.files {
            var refused = 0
            for seed in 0..<UInt64(Self.cases) {
                var random = SplitMix(seed: seed)
                var damaged = file
                // Half of them in the header, where most of the decisions are made.
                let range = seed % 2 == 0 ? 0..<min(352, file.count) : 0..<file.count
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    damaged[Int.random(in: range, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                if seed % 5 == 0 { damaged.removeSubrange(Int.random(in: 0..<damaged.count, using: &random)...) }
                do throws(FileFailure) {
                    try read(damaged, "\(name), seed \(seed)")
                } catch {
                    refused += 1
                    #expect(!error.detail.isEmpty && error.detail.utf8.count < 400, "\(name), seed \(seed)")
                }
            }
            #expect(refused > Self.cases / 6, "\(name): hardly any damage was seen")
        }
    }

    /// As above, but packed after the damage, so that it gets past gzip's checksums.
    @Test func wellPackedNonsenseNeverGoesOutOfBounds() throws {
        var readable = 0
        for seed in 0..<UInt64(Self.cases) {
            var random = SplitMix(seed: ~seed)
            let number = { (range: ClosedRange<Int>) in Int.random(in: range, using: &random) }
            let file = HandmadeNIfTI(
                dimensions: [number(0...8)] + (0..<7).map { _ in number(-2...20) },
                isBigEndian: number(0...1) == 1,
                slope: Float(bitPattern: UInt32(number(0...0xffff_ffff))),
                intercept: Float(bitPattern: UInt32(number(0...0xffff_ffff))),
                pixdim: (0..<3).map { _ in Float(bitPattern: UInt32(number(0...0xffff_ffff))) },
                sform: (0..<3).map { _ in (0..<4).map { _ in Float(bitPattern: UInt32(number(0...0xffff_ffff))) } },
                qform: (0..<6).map { _ in Float(number(-3...3)) }, offset: [352, 352, 400, 351][number(0...3)],
                typeCode: [2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280, 1, 128][number(0...11)],
                voxelBytes: (0..<number(0...4000)).map { _ in UInt8(number(0...255)) })
            do throws(FileFailure) {
                let bytes = (try? Gzip.packed(file.bytes)) ?? []
                let header = try NIfTIFile(bytes, valueLimit: Self.limit).header
                readable += 1
                #expect(header.spacing.allSatisfy { $0 > 0 && $0.isFinite }, "seed \(seed)")
                try read(bytes, "seed \(seed)")
            } catch {
                #expect(!error.detail.isEmpty, "seed \(seed)")
            }
        }
        #expect(readable > 0)
    }

    /// What the other tests hardly reach: labels and images of any bits at all.
    @Test func anyBitsAreTalliedWithoutATrap() throws {
        let set = try VolumeSet()
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix(seed: seed)
            func file(_ type: VoxelType) -> HandmadeNIfTI {
                HandmadeNIfTI(
                    dimensions: [3, 5, 5, 5], type: type,
                    voxelBytes: (0..<125 * type.bytes).map { _ in UInt8.random(in: 0...255, using: &random) })
            }
            try set.write(file(.float32).bytes, to: "imagesTr/\(seed)_0000.nii")
            try set.write(file([.float32, .float64, .int64, .uint64][Int(seed % 4)]).bytes, to: "labelsTr/\(seed).nii")
        }
        let scan = try set.scan(.nnunet)
        #expect(scan.manifest.cases.isEmpty)
        #expect(Set(scan.problems.filter { $0.file.hasPrefix("labelsTr") }.map(\.reason)) == [.badLabels])
        #expect(scan.problems.filter { $0.reason == .badLabels }.count == 20)
    }
}
