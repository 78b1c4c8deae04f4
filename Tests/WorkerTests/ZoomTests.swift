import Testing

@testable import Worker

@Suite struct ZoomTests {
    private func values(_ zoom: Zoom, _ source: [Float]) -> [Float] {
        let count = zoom.to.reduce(1, *)
        return [Float](unsafeUninitializedCapacity: count) {
            zoom.values(source, to: $0.baseAddress!)
            $1 = count
        }
    }

    private func labels(_ zoom: Zoom, _ source: [UInt8]) -> [UInt8] {
        let count = zoom.to.reduce(1, *)
        return [UInt8](unsafeUninitializedCapacity: count) {
            zoom.labels(source, to: $0.baseAddress!)
            $1 = count
        }
    }

    /// Each place's own coordinate along one axis.
    private func ramp(_ size: [Int], along axis: Int) -> [Float] {
        (0..<size[0]).flatMap { z in
            (0..<size[1]).flatMap { y in (0..<size[2]).map { x in Float([z, y, x][axis]) } }
        }
    }

    @Test func growsExactly() {
        let zoom = Zoom(from: [1, 1, 4], to: [1, 1, 4], scale: 2)
        // The middle stays in the middle, and steps are halved.
        #expect(values(zoom, [0, 10, 20, 30]) == [7.5, 12.5, 17.5, 22.5])
        #expect(labels(zoom, [0, 1, 2, 3]) == [1, 1, 2, 2])
    }

    @Test func shrinksOntoItsEdges() {
        let zoom = Zoom(from: [1, 1, 4], to: [1, 1, 4], scale: 0.5)
        #expect(values(zoom, [0, 10, 20, 30]) == [0, 5, 25, 30])
        #expect(labels(zoom, [5, 6, 7, 8]) == [5, 6, 8, 8])
    }

    @Test func atItsOwnScaleNothingChanges() {
        let zoom = Zoom(from: [2, 3, 4], to: [2, 3, 4], scale: 1)
        let source = (0..<24).map { Float($0 * $0) }
        #expect(values(zoom, source) == source)
        #expect(labels(zoom, Array(0..<24)) == Array(0..<24))
    }

    @Test func aConstantStaysAConstant() {
        for scale in [0.7, 1.3] {
            let zoom = Zoom(from: [3, 5, 7], to: [4, 4, 9], scale: scale)
            #expect(values(zoom, [Float](repeating: 2.5, count: 105)).allSatisfy { $0 == 2.5 })
        }
    }

    /// A box of the size that it asks for has all that a result shows: nothing is taken from an edge, along any axis.
    @Test(arguments: [0.5, 0.7, 0.99, 1, 1.01, 1.4, 2]) func aLargeEnoughSourceHasNoEdges(scale: Double) {
        for size in [[1, 1, 1], [4, 5, 6], [7, 16, 33]] {
            let from = Zoom.sourceSize(of: size, scale: scale)
            let zoom = Zoom(from: from, to: size, scale: scale)
            for axis in 0..<3 {
                let result = values(zoom, ramp(from, along: axis))
                let places = ramp(size, along: axis)
                let first = result[0]
                for (value, place) in zip(result, places) {
                    #expect(abs(value - first - place / Float(scale)) < 1e-4)
                }
            }
        }
    }

    /// The label of each place is that of the voxel that its value comes from, or comes nearest to.
    @Test(arguments: [0.6, 0.8, 1.25, 1.9]) func labelsStayWithTheirImage(scale: Double) {
        let (from, to) = ([5, 9, 12], [6, 8, 10])
        let zoom = Zoom(from: from, to: to, scale: scale)
        for axis in 0..<3 {
            let coordinates = ramp(from, along: axis)
            let expected = values(zoom, coordinates)
            let found = labels(zoom, coordinates.map { UInt8($0) })
            for (label, coordinate) in zip(found, expected) { #expect(abs(Float(label) - coordinate) <= 0.5001) }
        }
    }
}
