import Testing

@testable import NeuralNets

@Suite struct CounterGeneratorTests {
    @Test func streamsDifferAndRepeat() {
        func draw(_ seed: UInt64, _ stream: UInt64) -> [UInt64] {
            var generator = CounterGenerator(seed: seed, stream: stream)
            return (0..<8).map { _ in generator.next() }
        }
        #expect(draw(1, 2) == draw(1, 2))
        let all = [draw(1, 2), draw(2, 1), draw(0, 0), draw(1, 0), draw(0, 1), draw(.max, .max)].flatMap { $0 }
        #expect(Set(all).count == all.count)
    }

    @Test func distributionsHaveTheirMoments() {
        var generator = CounterGenerator(seed: 4, stream: 0)
        let uniform = (0..<20_000).map { _ in generator.uniform() }
        #expect(uniform.allSatisfy { (0..<1).contains($0) })
        #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.01)
        let normal = (0..<20_000).map { _ in generator.normal() }
        #expect(normal.allSatisfy { $0.isFinite })
        #expect(abs(normal.reduce(0, +) / 20_000) < 0.03)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.04)
    }

    @Test func permutationsAreFair() {
        var generator = CounterGenerator(seed: 5, stream: 0)
        var places = [Int](repeating: 0, count: 4)
        for _ in 0..<4000 {
            let order = generator.permutation(4)
            #expect(order.sorted() == [0, 1, 2, 3])
            places[order.firstIndex(of: 0) ?? 0] += 1
        }
        #expect(places.allSatisfy { abs($0 - 1000) < 120 }, "\(places)")
        #expect(generator.permutation(0).isEmpty)
    }
}
