import Foundation

/// One volume of a generated data set.
struct SyntheticBody {
    /// In coordinates that go from −1 to 1 along each side.
    private struct Ellipsoid {
        var centre: [Double]
        /// Rows: the axes, divided by the half-lengths along them.
        var axes: [[Double]]

        /// Squared distance from the centre: 1 on the surface.
        func distance(_ z: Double, _ y: Double, _ x: Double) -> Double {
            let (dz, dy, dx) = (z - centre[0], y - centre[1], x - centre[2])
            var sum = 0.0
            for axis in axes {
                let length = axis[0] * dz + axis[1] * dy + axis[2] * dx
                sum += length * length
            }
            return sum
        }
    }

    /// A product of a wave along each side.
    private struct Ripple {
        var height: Double
        var waves: [[Double]]
    }

    private let extent: [Int]
    private let organ: Ellipsoid
    private let lesion: Ellipsoid
    private let ripples: [Ripple]
    private let contrast: Double
    private let noise: Double
    /// Scanners differ in their units.
    private let gain: Double

    /// - Parameter extent: D, H, W.
    init(extent: [Int], difficulty: Double, random: inout SplitMix) {
        func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
        self.extent = extent
        let turn = Self.rotation(between(0, 2 * .pi), between(0, 2 * .pi))
        let lengths = (0..<3).map { _ in between(0.35, 0.6) }
        organ = Ellipsoid(
            centre: (0..<3).map { _ in between(-0.25, 0.25) },
            axes: zip(turn, lengths).map { row, length in row.map { $0 / length } })
        // In the organ wherever it is turned: its centre at less than half of the way to the surface, its size a third.
        let share = between(0.25, 0.4)
        let way = (0..<3).map { _ in between(-0.3, 0.3) }
        let shift = (0..<3).map { column in (0..<3).reduce(0) { $0 + turn[$1][column] * way[$1] * lengths[$1] } }
        lesion = Ellipsoid(
            centre: zip(organ.centre, shift).map(+), axes: organ.axes.map { row in row.map { $0 / share } })
        ripples = (0..<4).map { _ in
            Ripple(
                height: between(2, 6),
                waves: extent.map { side in
                    let (frequency, phase) = (between(1, 5), between(0, 2 * .pi))
                    return (0..<side).map { sin(frequency * .pi * Double($0) / Double(side) + phase) }
                })
        }
        contrast = 40 - 28 * difficulty
        noise = 6 + 18 * difficulty
        gain = between(0.5, 4)
    }

    /// [D, H, W]: values, whole numbers from 0, and labels: 1 is the organ, 2 the lesion in it.
    func voxels(_ random: inout SplitMix) -> (values: [Float], labels: [UInt8]) {
        var values: [Float] = []
        var labels: [UInt8] = []
        let places = extent.map { side in (0..<side).map { 2 * (Double($0) + 0.5) / Double(side) - 1 } }
        for z in 0..<extent[0] {
            for y in 0..<extent[1] {
                for x in 0..<extent[2] {
                    let (pz, py, px) = (places[0][z], places[1][y], places[2][x])
                    let isOrgan = organ.distance(pz, py, px) < 1
                    let isLesion = isOrgan && lesion.distance(pz, py, px) < 1
                    var value = 100.0 + noise * (random.uniform() + random.uniform() - 1)
                    for ripple in ripples {
                        value += ripple.height * ripple.waves[0][z] * ripple.waves[1][y] * ripple.waves[2][x]
                    }
                    if isOrgan { value += contrast }
                    if isLesion { value += contrast }
                    values.append(Float(max(0, (gain * value).rounded())))
                    labels.append(isLesion ? 2 : isOrgan ? 1 : 0)
                }
            }
        }
        return (values, labels)
    }

    /// About one axis, then about another.
    private static func rotation(_ first: Double, _ second: Double) -> [[Double]] {
        let (c, s, d, t) = (cos(first), sin(first), cos(second), sin(second))
        return [[c, -s * d, s * t], [s, c * d, -c * t], [0, t, d]]
    }
}
