import CKernels
import Testing

@testable import NeuralNets

extension Instructions {
    var isa: ck_isa { ck }

    /// Those that this machine can compute with.
    static var available: [Instructions] { allCases.filter(\.isAvailable) }
}

/// Whether no bit differs. A failed expectation would print both arrays, had it the operator to look at.
func isSame(_ actual: [Float], _ expected: [Float]) -> Bool {
    actual.map(\.bitPattern) == expected.map(\.bitPattern)
}

/// Positions of a tensor in two dimensions, where depth is 1, or in three.
struct GridSize: Sendable, Hashable, CustomTestStringConvertible {
    var dimensions = 3
    var depth: Int
    var height: Int
    var width: Int

    init(_ depth: Int, _ height: Int, _ width: Int) { (self.depth, self.height, self.width) = (depth, height, width) }
    init(_ height: Int, _ width: Int) {
        self.init(1, height, width)
        dimensions = 2
    }

    var testDescription: String { dimensions == 2 ? "\(height)×\(width)" : "\(depth)×\(height)×\(width)" }
    var positions: Int { depth * height * width }
    var rows: Int32 { Int32(depth * height) }
    var taps: Int { dimensions == 2 ? 9 : 27 }
    var doubled: GridSize {
        dimensions == 2 ? GridSize(2 * height, 2 * width) : GridSize(2 * depth, 2 * height, 2 * width)
    }

    /// With a halo of one position.
    var grid: ck_grid {
        let row = width + 2
        let plane = (height + 2) * row
        return ck_grid(
            D: Int32(depth), H: Int32(height), W: Int32(width), row: Int32(row), plane: Int32(plane),
            volume: Int32(dimensions == 2 ? plane : (depth + 2) * plane))
    }

    /// Without.
    var compact: ck_grid {
        ck_grid(
            D: Int32(depth), H: Int32(height), W: Int32(width), row: Int32(width), plane: Int32(height * width),
            volume: Int32(positions))
    }
}

/// One sample on a grid: [channels, D, H, W, lanes] inside a halo, with no float before or behind, so that Address
/// Sanitizer sees a kernel that reads or writes too far.
final class GridTensor {
    let size: GridSize
    let channels: Int
    let lanes: Int
    let grid: ck_grid
    private let halo: Float
    private let storage: FloatBuffer

    /// - Parameter halo: what surrounds the values; a kernel that reads it needs 0.
    init(_ size: GridSize, channels: Int, lanes: Int = 1, halo: Float = 0, _ values: [Float]? = nil) {
        (self.size, self.channels, self.lanes, self.halo) = (size, channels, lanes, halo)
        grid = size.grid
        storage = FloatBuffer(count: channels * Int(grid.volume) * lanes)
        storage.copy(from: [Float](repeating: halo, count: storage.count))
        if let values { self.values = values }
    }

    private var first: Int { (size.dimensions == 2 ? 0 : Int(grid.plane)) + Int(grid.row) + 1 }

    /// The first position of the first channel.
    var origin: UnsafeMutablePointer<Float> { storage.at(first * lanes) }

    /// Where each row starts, in the order of `values`.
    private var rows: [Int] {
        (0..<channels * size.depth * size.height).map { index in
            let (slice, h) = index.quotientAndRemainder(dividingBy: size.height)
            let (channel, d) = slice.quotientAndRemainder(dividingBy: size.depth)
            return (first + channel * Int(grid.volume) + d * Int(grid.plane) + h * Int(grid.row)) * lanes
        }
    }

    /// [channels, D, H, W, lanes] without the halo.
    var values: [Float] {
        get { rows.flatMap { UnsafeBufferPointer(start: storage.at($0), count: size.width * lanes) } }
        set {
            precondition(newValue.count == channels * size.positions * lanes)
            for (index, row) in rows.enumerated() {
                for column in 0..<size.width * lanes {
                    storage.at(row + column).pointee = newValue[index * size.width * lanes + column]
                }
            }
        }
    }

    /// Whether the halo is what it was.
    var isHaloUntouched: Bool {
        var inside = Set<Int>()
        for row in rows { inside.formUnion(row..<row + size.width * lanes) }
        return storage.values.indices.allSatisfy { inside.contains($0) || storage.at($0).pointee == halo }
    }
}
