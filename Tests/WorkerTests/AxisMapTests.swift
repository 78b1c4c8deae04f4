import NeuralNets
import Testing

@testable import Worker

@Suite struct AxisMapTests {
    private func copy(_ map: AxisMap, _ box: [Int], size: [Int]) -> [Int] {
        [Int](unsafeUninitializedCapacity: box.count) { buffer, count in
            map.copy(box, to: buffer.baseAddress!, size: size)
            count = box.count
        }
    }

    @Test func nothingIsNothing() {
        #expect(copy(AxisMap(), Array(0..<12), size: [1, 3, 4]) == Array(0..<12))
    }

    @Test func mirrorsExactly() {
        let box = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
        let expected = [
            [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6],
            [4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9],
            [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10],
        ]
        for axis in 0..<3 {
            var map = AxisMap()
            map.flip(axis)
            #expect(copy(map, box, size: [2, 2, 3]) == expected[axis])
            map.flip(axis)
            #expect(map == AxisMap())
        }
    }

    @Test func turnsExactly() {
        var map = AxisMap()
        map.turn(1, 2)
        let image = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        #expect(copy(map, image, size: [1, 3, 3]) == [3, 6, 9, 2, 5, 8, 1, 4, 7])
        map.turn(1, 2)
        #expect(copy(map, image, size: [1, 3, 3]) == [9, 8, 7, 6, 5, 4, 3, 2, 1])
        map.turn(1, 2)
        map.turn(1, 2)
        #expect(map == AxisMap())
    }

    /// Whatever comes after another: as if each step were carried out on its own.
    @Test func stepsAddUp() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = CounterGenerator(seed: seed, stream: 0)
        let size = [3, 3, 3]
        for _ in 0..<200 {
            var map = AxisMap()
            var box = Array(0..<27)
            for _ in 0..<generator.index(below: 6) {
                var step = AxisMap()
                if generator.uniform() < 0.5 {
                    let axis = generator.index(below: 3)
                    map.flip(axis)
                    step.flip(axis)
                } else {
                    let first = generator.index(below: 3)
                    let second = (first + 1 + generator.index(below: 2)) % 3
                    map.turn(first, second)
                    step.turn(first, second)
                }
                box = copy(step, box, size: size)
            }
            #expect(copy(map, Array(0..<27), size: size) == box, "seed \(seed)")
        }
    }

    @Test func turnsAPlaneOfABoxThatIsNoCube() {
        var map = AxisMap()
        map.turn(0, 1)
        // Two slices of two rows of three.
        #expect(
            copy(map, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], size: [2, 2, 3]) == [
                4, 5, 6, 10, 11, 12, 1, 2, 3, 7, 8, 9,
            ])
    }
}
