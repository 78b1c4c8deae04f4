import CKernels
import Foundation
import Testing

@testable import NeuralNets

/// The losses on a grid, against the same in double precision and against finite differences.
@Suite struct PlanarLossTests {
    enum Kind: CaseIterable, Sendable { case sigmoid, softmax }

    struct Shape: Sendable, CustomTestStringConvertible {
        var channels: Int
        var size: GridSize
        /// The part that counts.
        var valid: GridSize

        var testDescription: String {
            "\(channels) channels, \(valid.testDescription) of \(size.testDescription)"
        }
        var extent: ck_extent { ck_extent(d: Int32(valid.depth), h: Int32(valid.height), w: Int32(valid.width)) }
    }

    static let shapes = [
        Shape(channels: 1, size: GridSize(1, 1), valid: GridSize(1, 1)),
        Shape(channels: 1, size: GridSize(7, 33), valid: GridSize(7, 33)),
        Shape(channels: 3, size: GridSize(4, 16), valid: GridSize(3, 5)),
        Shape(channels: 2, size: GridSize(2, 1040), valid: GridSize(2, 1039)),
        Shape(channels: 3, size: GridSize(1, 5, 17), valid: GridSize(1, 5, 17)),
        Shape(channels: 4, size: GridSize(4, 4, 32), valid: GridSize(3, 4, 31)),
        Shape(channels: 5, size: GridSize(2, 3, 5), valid: GridSize(2, 1, 1)),
    ]

    /// What a loss writes, beside the gradient.
    private struct Outcome: Equatable {
        var dice: [Double]
        var entropy = 0.0

        /// As it counts for training, with the weights of the tests below.
        var weighted: Double { 0.75 * dice.reduce(0, +) + 0.03125 * entropy }
    }

    private func logits(_ shape: Shape, _ numbers: inout Numbers) -> [Float] {
        numbers.uniform(shape.channels * shape.size.positions).map { 6 * $0 }
    }

    /// Each position of one class alone, as the softmax needs.
    private func targets(_ kind: Kind, _ shape: Shape, _ numbers: inout Numbers) -> [Float] {
        let (channels, count) = (shape.channels, shape.valid.positions)
        guard kind == .softmax else { return numbers.mask(channels * count) }
        var targets = [Float](repeating: 0, count: channels * count)
        for (position, value) in numbers.uniform(count).enumerated() {
            targets[min(channels - 1, Int((value + 1) / 2 * Float(channels))) * count + position] = 1
        }
        return targets
    }

    /// - Parameter isa: the naive twin where nil.
    private func compute(
        _ kind: Kind, _ shape: Shape, _ gradient: UnsafeMutablePointer<Float>?, _ logits: UnsafePointer<Float>,
        _ targets: [Float], _ grid: ck_grid, _ isa: ck_isa?
    ) -> Outcome {
        var outcome = Outcome(dice: [Double](repeating: .nan, count: shape.channels))
        var grid = grid
        let channels = Int32(shape.channels)
        switch (kind, isa) {
        case (.sigmoid, let isa?):
            ck_loss_sigmoid(
                &outcome.dice, &outcome.entropy, gradient, logits, targets, 0.75, 0.03125, &grid, shape.extent,
                channels, isa)
        case (.softmax, let isa?):
            ck_loss_softmax(
                &outcome.dice, &outcome.entropy, gradient, logits, targets, 0.75, 0.03125, &grid, shape.extent,
                channels, isa)
        case (.sigmoid, nil):
            ck_loss_sigmoid_naive(
                &outcome.dice, &outcome.entropy, gradient, logits, targets, 0.75, 0.03125, &grid, shape.extent,
                channels)
        case (.softmax, nil):
            ck_loss_softmax_naive(
                &outcome.dice, &outcome.entropy, gradient, logits, targets, 0.75, 0.03125, &grid, shape.extent,
                channels)
        }
        return outcome
    }

    @Test(arguments: Kind.allCases, shapes) func isAsItsTwin(_ kind: Kind, _ shape: Shape) {
        var numbers = Numbers(seed: 31)
        let (values, targets) = (logits(shape, &numbers), targets(kind, shape, &numbers))
        let logits = GridTensor(shape.size, channels: shape.channels, halo: 5, values)
        let expected = GridTensor(shape.size, channels: shape.channels, halo: 7)
        let twin = compute(kind, shape, expected.origin, logits.origin, targets, logits.grid, nil)
        for instructions in Instructions.available {
            let gradient = GridTensor(shape.size, channels: shape.channels, halo: 7)
            let outcome = compute(
                kind, shape, gradient.origin, logits.origin, targets, logits.grid, instructions.isa)
            for (dice, exact) in zip(outcome.dice, twin.dice) { #expect(abs(dice - exact) < 1e-6) }
            #expect(abs(outcome.entropy - twin.entropy) < 1e-6 * max(1, twin.entropy))
            #expect(relativeDifference(gradient.values, expected.values) < 1e-6)
            #expect(gradient.isHaloUntouched)
            for (value, exact) in zip(gradient.values, expected.values) where exact == 0 { #expect(value == 0) }

            // The same numbers without a gradient, from logits without a halo, and with the gradient in their place.
            #expect(compute(kind, shape, nil, logits.origin, targets, logits.grid, instructions.isa) == outcome)
            #expect(compute(kind, shape, nil, values, targets, shape.size.compact, instructions.isa) == outcome)
            let inPlace = GridTensor(shape.size, channels: shape.channels, halo: 5, values)
            #expect(
                compute(kind, shape, inPlace.origin, inPlace.origin, targets, inPlace.grid, instructions.isa)
                    == outcome)
            #expect(isSame(inPlace.values, gradient.values))
        }
    }

    /// The twins, by the definition that they share with no other code: the loss itself.
    @Test(arguments: Kind.allCases, shapes.filter { $0.size.positions < 100 })
    func gradientAgreesWithFiniteDifferences(_ kind: Kind, _ shape: Shape) {
        var numbers = Numbers(seed: 32)
        let (values, targets) = (logits(shape, &numbers), targets(kind, shape, &numbers))
        let grid = shape.size.compact
        var gradient = [Float](repeating: .nan, count: values.count)
        _ = compute(kind, shape, &gradient, values, targets, grid, nil)
        for index in stride(from: 0, to: values.count, by: 3) {
            var (above, below) = (values, values)
            above[index] += 1e-2
            below[index] -= 1e-2
            let high = compute(kind, shape, nil, above, targets, grid, nil).weighted
            let low = compute(kind, shape, nil, below, targets, grid, nil).weighted
            let numeric = (high - low) / Double(above[index] - below[index])
            #expect(abs(numeric - Double(gradient[index])) < 1e-5 * max(1, abs(numeric)))
        }
    }

    /// By hand, for the sigmoid of 0 and for two equal classes: p is ½ everywhere.
    @Test(arguments: Instructions.available) func knownValues(_ instructions: Instructions) {
        let plain = Shape(channels: 1, size: GridSize(1, 4), valid: GridSize(1, 4))
        var outcome = compute(
            .sigmoid, plain, nil, [0, 0, 0, 0], [1, 0, 0, 0], plain.size.compact, instructions.isa)
        // 1 − (2·½ + 1)/(2 + 1 + 1).
        #expect(abs(outcome.dice[0] - 0.5) < 1e-7)
        #expect(abs(outcome.entropy - 4 * log(2)) < 1e-6)
        let two = Shape(channels: 2, size: GridSize(1, 4), valid: GridSize(1, 4))
        outcome = compute(
            .softmax, two, nil, [3, 3, 3, 3, 3, 3, 3, 3], [0, 1, 1, 1, 1, 0, 0, 0], two.size.compact, instructions.isa)
        #expect(outcome.dice[0] == 0)
        #expect(abs(outcome.dice[1] - 0.5) < 1e-7)
        #expect(abs(outcome.entropy - 4 * log(2)) < 1e-6)
    }

    /// Logits far out neither overflow nor lose the gradient's sign; what is no number is not hidden.
    @Test(arguments: Instructions.available) func farLogitsStayFinite(_ instructions: Instructions) {
        let shape = Shape(channels: 2, size: GridSize(1, 4), valid: GridSize(1, 4))
        let far: [Float] = [1e30, -1e30, 200, -200, -1e30, 1e30, -200, 200]
        let wrong: [Float] = [0, 1, 0, 1, 1, 0, 1, 0]
        for kind in Kind.allCases {
            var gradient = [Float](repeating: .nan, count: 8)
            let outcome = compute(kind, shape, &gradient, far, wrong, shape.size.compact, instructions.isa)
            #expect(outcome.entropy.isFinite && outcome.entropy > 1e30)
            #expect(outcome.dice.allSatisfy { $0.isFinite })
            for (slope, target) in zip(gradient, wrong) { #expect(target == 0 ? slope > 0 : slope < 0) }
            for index in far.indices {
                var broken = far
                broken[index] = .nan
                #expect(
                    compute(kind, shape, nil, broken, wrong, shape.size.compact, instructions.isa).entropy.isNaN)
            }
        }
    }
}
