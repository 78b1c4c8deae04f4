import Foundation
import Testing

@testable import Datasets

@Suite struct NIfTITests {
    private func open(_ bytes: [UInt8], valueLimit: Int = 1_000_000) throws -> NIfTIFile {
        try NIfTIFile(bytes, valueLimit: valueLimit)
    }

    private func failure(_ bytes: [UInt8], valueLimit: Int = 1_000_000) throws -> FileFailure {
        try #require(throws: FileFailure.self) { _ = try open(bytes, valueLimit: valueLimit).values() }
    }

    /// 2×1×3 voxels with values that every type can hold.
    private func small(_ type: VoxelType = .float32) -> HandmadeNIfTI {
        HandmadeNIfTI(dimensions: [3, 2, 1, 3], type: type, voxels: [0, 1, 2, 3, 100, 127])
    }

    /// The largest and smallest numbers of each type, and one that shows a wrong order of bytes.
    private func edges(_ type: VoxelType) -> [Double] {
        switch type {
        case .uint8: [0, 255, 1]
        case .int8: [-128, 127, 1]
        case .int16: [-32768, 32767, 258]
        case .uint16: [0, 65535, 258]
        case .int32: [-2_147_483_648, 2_147_483_520, 16_909_060]
        case .uint32: [0, 4_294_967_040, 16_909_060]
        case .int64: [-9_223_372_036_854_775_808, 9_223_371_487_098_961_920, 72_623_859_790_382_848]
        case .uint64: [0, 18_446_742_974_197_923_840, 72_623_859_790_382_848]
        case .float32: [-3.402823e38, 1.5e-40, 0.1]
        case .float64: [-3.402823e38, 1e-30, 0.1]
        }
    }

    @Test(arguments: VoxelType.allCases, [false, true])
    func everyTypeInBothOrdersPackedAndNot(_ type: VoxelType, _ isBigEndian: Bool) throws {
        var file = HandmadeNIfTI(dimensions: [3, 3, 1, 1], type: type, isBigEndian: isBigEndian, voxels: edges(type))
        let bytes = file.bytes
        for bytes in [bytes, try Gzip.packed(bytes)] {
            let volume = try open(bytes)
            #expect(volume.header.type == type && volume.header.isBigEndian == isBigEndian)
            #expect(volume.header.extent == [3, 1, 1] && volume.header.channels == 1)
            #expect(try volume.values() == edges(type).map { Float($0) })
        }
        (file.slope, file.intercept) = (0.5, -3)
        #expect(try open(file.bytes).values() == edges(type).map { Float(0.5 * $0 - 3) })
    }

    @Test func noScaleMeansValuesAsTheyAre() throws {
        for (slope, intercept) in [(0, 7), (.nan, 7), (.infinity, 0), (1, 0)] as [(Float, Float)] {
            var file = small(.int16)
            (file.slope, file.intercept) = (slope, intercept)
            #expect(try open(file.bytes).values() == [0, 1, 2, 3, 100, 127])
        }
        var file = small(.int16)
        (file.slope, file.intercept) = (2, .nan)
        #expect(try failure(file.bytes).reason == .undecodable)
    }

    @Test func fourDimensionsAreChannelsAndFewerThanThreeAreFilledUp() throws {
        var file = HandmadeNIfTI(dimensions: [4, 2, 2, 1, 3], type: .uint8, voxels: (0..<12).map(Double.init))
        var header = try open(file.bytes).header
        #expect(header.extent == [2, 2, 1] && header.channels == 3 && header.values == 12)
        file.dimensions = [7, 2, 2, 1, 3, 1, 1, 1]
        #expect(try open(file.bytes).header.channels == 3)
        file.dimensions = [2, 4, 3]
        header = try open(file.bytes).header
        #expect(header.extent == [4, 3, 1])
        // Whatever stands behind the last dimension that counts.
        file.dimensions = [3, 2, 2, 3, 99, -1, 0, 5]
        #expect(try open(file.bytes).values().count == 12)
    }

    @Test func aFileIsCutIntoPiecesWithoutLoss() throws {
        let voxels = (0..<1000).map { Double($0 % 256) }
        let file = HandmadeNIfTI(dimensions: [3, 10, 10, 10], type: .uint8, voxels: voxels)
        for bytes in [file.bytes, try Gzip.packed(file.bytes)] {
            for piece in [1, 7, 999, 1000, 1001] {
                var values: [Float] = []
                var sizes: Set<Int> = []
                try open(bytes).forEachPiece(of: piece) { part throws(FileFailure) in
                    values += part
                    sizes.insert(part.count)
                }
                #expect(values == voxels.map(Float.init))
                #expect(sizes.allSatisfy { $0 <= piece })
            }
        }
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let values = (0..<60).map { Float($0) * 0.37 - 5 }
        let writer = NIfTIWriter(extent: [5, 4, 3], spacing: [2.5, 1, 0.75])
        let volume = try open(try Gzip.packed(writer.file(values)))
        #expect(volume.header.extent == [3, 4, 5] && volume.header.spacing == [0.75, 1, 2.5])
        #expect(try volume.values() == values)
        let labels = (0..<60).map { UInt8($0 * 4) }
        #expect(try open(writer.file(labels)).values() == labels.map(Float.init))
        let channels = try open(NIfTIWriter(extent: [5, 2, 3], spacing: [1, 1, 1], channels: 2).file(values)).header
        #expect(channels.channels == 2 && channels.extent == [3, 2, 5])
        #expect(try Gzip.packed(writer.file(labels)) == Gzip.packed(writer.file(labels)))
    }

    @Test func membersOfGzipInARowAreOneFile() throws {
        let bytes = small().bytes
        let packed = try Gzip.packed(Array(bytes[..<200])) + Gzip.packed(Array(bytes[200...]))
        #expect(try open(packed).values() == [0, 1, 2, 3, 100, 127])
        #expect(try open(packed + Gzip.packed([])).values() == [0, 1, 2, 3, 100, 127])
    }

    @Test func extensionsBeforeTheVoxelsAreSkipped() throws {
        var file = small()
        file.offset = 4000
        #expect(try open(try Gzip.packed(file.bytes)).values() == [0, 1, 2, 3, 100, 127])
        // Written so by some.
        file = small()
        file.offset = 0
        #expect(try open(file.bytes).values() == [0, 1, 2, 3, 100, 127])
        for offset in [351, 352.5, -1, 1e9, .nan, .infinity] as [Float] {
            file = small()
            file.offset = offset
            #expect(try failure(file.bytes).reason == .undecodable, "\(offset)")
        }
    }

    @Test func damageIsNamedForWhatItIs() throws {
        let plain = small().bytes
        let packed = try Gzip.packed(plain)
        var wrongSum = packed
        wrongSum[packed.count - 8] ^= 1
        var wrongLength = packed
        wrongLength[packed.count - 4] ^= 1
        var wrongData = packed
        wrongData[10] = 0xff
        let cases: [(String, [UInt8], DatasetProblem.Reason)] = [
            ("nothing", [], .undecodable), ("text", Array("a,b\n1,2\n".utf8), .undecodable),
            ("a picture", SmallJPEG.grey, .undecodable),
            ("packed text", try Gzip.packed(Array("abc".utf8)), .undecodable),
            ("cut header", Array(plain.prefix(300)), .truncated), ("cut voxels", plain.dropLast(), .truncated),
            ("no voxels", Array(plain.prefix(352)), .truncated),
            ("cut packed header", try Gzip.packed(Array(plain.prefix(351))), .truncated),
            ("cut packed voxels", try Gzip.packed(plain.dropLast()), .truncated),
            ("cut trailer", packed.dropLast(), .truncated), ("cut data", packed.dropLast(20), .truncated),
            ("checksum", wrongSum, .corrupt), ("length", wrongLength, .corrupt), ("data", wrongData, .corrupt),
            ("more voxels", plain + [0], .trailingBytes),
            ("more packed voxels", try Gzip.packed(plain + [0]), .trailingBytes),
            ("something behind gzip", packed + Array("garbage".utf8), .trailingBytes),
            ("zeros behind gzip", packed + [0, 0], .trailingBytes),
            ("half a member behind gzip", packed + packed.prefix(5), .truncated),
        ]
        for (name, bytes, reason) in cases {
            let failure = try failure(Array(bytes))
            #expect(failure.reason == reason, "\(name): \(failure.detail)")
            #expect(!failure.detail.isEmpty)
        }
    }

    @Test func headersThatCannotBeAreNamedForWhatTheyAre() throws {
        func reason(_ change: (inout HandmadeNIfTI) -> Void) throws -> DatasetProblem.Reason {
            var file = small()
            change(&file)
            return try failure(file.bytes).reason
        }
        #expect(try reason { $0.magic = "abc\0" } == .undecodable)
        #expect(try reason { $0.magic = "ni1\0" } == .unsupportedType)
        #expect(try reason { $0.size = 540 } == .unsupportedType)
        #expect(try reason { $0.size = 347 } == .undecodable)
        #expect(try reason { $0.dimensions[0] = 0 } == .undecodable)
        #expect(try reason { $0.dimensions[0] = 8 } == .undecodable)
        #expect(try reason { $0.dimensions[2] = 0 } == .empty)
        #expect(try reason { $0.dimensions[3] = -3 } == .empty)
        #expect(try reason { $0.dimensions = [5, 2, 1, 1, 1, 3] } == .wrongDimensions)
        #expect(try reason { $0.dimensions = [4, 32767, 32767, 32767, 32767] } == .tooLarge)
        for code in [0, 1, 32, 128, 1536, 1792, 2048, 2304, -5] as [Int16] {
            #expect(try reason { $0.typeCode = code } == .unsupportedType, "\(code)")
        }
        #expect(try failure(small().bytes, valueLimit: 5).reason == .tooLarge)
        #expect(try open(small().bytes, valueLimit: 6).values().count == 6)
    }

    /// Millions of zeros pack to a few thousand bytes: nothing of them may be unpacked when they are not declared.
    @Test func aBombIsNotUnpackedBeyondWhatIsDeclared() throws {
        let packed = try Gzip.packed(small(.uint8).bytes + [UInt8](repeating: 0, count: 8 << 20))
        #expect(packed.count < 32 << 10)
        // Cut off far behind the voxels: who went on unpacking would stumble over that instead.
        let failure = try failure(Array(packed.dropLast(packed.count / 2)))
        #expect(failure.reason == .trailingBytes)
    }
}
