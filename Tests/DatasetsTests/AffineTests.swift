import Testing

@testable import Datasets

@Suite struct AffineTests {
    private func header(_ change: (inout HandmadeNIfTI) -> Void) throws -> NIfTIHeader {
        var file = HandmadeNIfTI(dimensions: [3, 4, 5, 6], pixdim: [0.5, 2, 3])
        change(&file)
        return try NIfTIHeader(Array(file.bytes.prefix(352)), valueLimit: 1000)
    }

    private func isClose(_ left: Affine, _ right: [[Double]]) -> Bool {
        zip(left.rows.joined(), right.joined()).allSatisfy { abs($0 - $1) < 1e-5 }
    }

    @Test func theSformComesFirst() throws {
        let rows: [[Float]] = [[0, -2, 0, 10], [0.5, 0, 0, -20], [0, 0, 3, 30]]
        let header = try header {
            $0.sform = rows
            $0.qform = [0, 0, 0, 1, 2, 3]
        }
        #expect(isClose(header.affine, rows.map { $0.map(Double.init) }))
        #expect(header.isPlaced && header.spacing == [0.5, 2, 3])
    }

    @Test func theQformIsNextWithItsRotationAndHandedness() throws {
        // A half turn about z, as a camera looking from below has it.
        let turned = try header { $0.qform = [0, 0, 1, 9, 8, 7] }
        #expect(isClose(turned.affine, [[-0.5, 0, 0, 9], [0, -2, 0, 8], [0, 0, 3, 7]]))
        let mirrored = try header {
            $0.qform = [0, 0, 0, 0, 0, 0]
            $0.qfac = -1
        }
        #expect(isClose(mirrored.affine, [[0.5, 0, 0, 0], [0, 2, 0, 0], [0, 0, -3, 0]]))
        // A quarter turn about x: y goes to z, z to −y.
        let half = Float(0.5).squareRoot()
        let quarter = try header { $0.qform = [half, 0, 0, 0, 0, 0] }
        #expect(isClose(quarter.affine, [[0.5, 0, 0, 0], [0, 0, -3, 0], [0, 2, 0, 0]]))
        #expect(quarter.isPlaced && zip(quarter.spacing, [0.5, 2, 3]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func aQuaternionThatRoundingMadeTooLongIsAHalfTurn() throws {
        let header = try header { $0.qform = [0, 0, 1.0001, 0, 0, 0] }
        #expect(isClose(header.affine, [[-0.5, 0, 0, 0], [0, -2, 0, 0], [0, 0, 3, 0]]))
    }

    @Test func elseTheSpacingAlone() throws {
        let plain = try header { _ in }
        #expect(!plain.isPlaced && plain.spacing == [0.5, 2, 3])
        #expect(isClose(plain.affine, [[0.5, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]]))
        // Neither makes sense.
        let broken = try header {
            $0.sform = [[0, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]]
            $0.qform = [.nan, 0, 0, 0, 0, 0]
        }
        #expect(!broken.isPlaced && broken.spacing == [0.5, 2, 3])
        let odd = try header { $0.pixdim = [-0.5, 0, .nan] }
        #expect(odd.spacing == [0.5, 1, 1])
    }

    @Test func unitsBecomeMillimetres() throws {
        #expect(try header { $0.units = 1 }.spacing == [500, 2000, 3000])
        let micrometres = try header { $0.units = 3 + 8 }.spacing
        #expect(zip(micrometres, [0.0005, 0.002, 0.003]).allSatisfy { abs($0 - $1) < 1e-9 })
        #expect(try header { $0.units = 0 }.spacing == [0.5, 2, 3])
    }

    @Test func theDistanceIsThatOfTheWorstCorner() {
        let one = Affine(spacing: [1, 1, 1])
        #expect(one.distance(from: one, extent: [5, 5, 5]) == 0)
        #expect(one.distance(from: Affine(spacing: [1, 1, 1.5]), extent: [5, 5, 5]) == 2)
        let moved = Affine(rows: [[1, 0, 0, 3], [0, 1, 0, 4], [0, 0, 1, 0]])
        #expect(one.distance(from: moved, extent: [5, 5, 5]) == 5)
        #expect(one.distance(from: moved, extent: [1, 1, 1]) == 5)
        // Its first corners agree, its last do not.
        let mirrored = Affine(rows: [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
        #expect(one.distance(from: mirrored, extent: [4, 4, 4]) == 6)
    }
}
