import CKernels
import Foundation
import Testing

@testable import NeuralNets

/// Soft Dice, cross-entropy and the Dice score.
@Suite struct LossTests {
    /// The loss of one plane as its definition says, in double precision.
    private func defined(_ logits: [Float], _ targets: [Float]) -> Double {
        let p = logits.map { 1 / (1 + exp(-Double($0))) }
        let t = targets.map(Double.init)
        let both = zip(p, t).reduce(0) { $0 + $1.0 * $1.1 }
        let dice = 1 - (2 * both + 1) / (p.reduce(0, +) + t.reduce(0, +) + 1)
        let entropy = zip(p, t).reduce(0) { $0 - $1.1 * log($1.0) - (1 - $1.1) * log(1 - $1.0) } / Double(p.count)
        return dice + entropy
    }

    @Test func isAsDefined() throws {
        var numbers = Numbers(seed: 8)
        let logits = numbers.uniform(2 * 2 * 15).map { 4 * $0 }
        let targets = numbers.mask(2 * 2 * 15)
        let losses = try SegmentationLoss.perSample(logits: logits, targets: targets, samples: 2, channels: 2)
        for sample in 0..<2 {
            let expected = (0..<2).map { channel in
                let range = (sample * 2 + channel) * 15..<(sample * 2 + channel + 1) * 15
                return defined(Array(logits[range]), Array(targets[range]))
            }
            #expect(abs(losses[sample] - (expected[0] + expected[1]) / 2) < 1e-6)
        }
    }

    /// Logits far out neither overflow nor lose the gradient's sign.
    @Test func farLogitsStayFinite() throws {
        let losses = try SegmentationLoss.perSample(
            logits: [1e30, -1e30, 200, -200], targets: [1, 0, 0, 1], samples: 1, channels: 1)
        #expect(losses[0].isFinite && losses[0] > 50)
        #expect(try SegmentationLoss.perSample(logits: [.nan], targets: [0], samples: 1, channels: 1)[0].isNaN)
    }

    @Test func diceCountsPixels() throws {
        // 2·1 / (2 + 1), a perfect mask, both empty, one empty.
        let scores = try DiceScore.perClass(
            logits: [1, 1, -1, -1, 5, -5, 5, -5, -1, -1, -1, -1, -1, -1, 2, -1],
            targets: [1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], samples: 4)
        #expect(scores == [[2.0 / 3], [1], [1], [0]])
    }

    @Test func refusesWhatDoesNotFit() {
        #expect(throws: NeuralNetsError.self) {
            try DiceScore.perClass(logits: [1, 2, 3], targets: [1, 0, 1], samples: 2)
        }
        #expect(throws: NeuralNetsError.self) { try DiceScore.perClass(logits: [1], targets: [], samples: 1) }
        #expect(throws: NeuralNetsError.self) { try DiceScore.perClass(logits: [], targets: [], samples: 0) }
        #expect(throws: NeuralNetsError.self) {
            try SegmentationLoss.perSample(logits: [1, 2, 3], targets: [1, 0, 1], samples: 1, channels: 2)
        }
    }

    /// Adam as Kingma & Ba write it, in double precision.
    @Test func adamIsAsDefined() {
        var numbers = Numbers(seed: 10)
        let start = numbers.uniform(37)
        var (value, m, v) = (start, [Float](repeating: 0, count: 37), [Float](repeating: 0, count: 37))
        var (exact, exactM, exactV) = (
            start.map(Double.init), [Double](repeating: 0, count: 37), [Double](repeating: 0, count: 37)
        )
        for step in 1...20 {
            let gradient = numbers.uniform(37)
            ck_adam_step(&value, &m, &v, gradient, 37, 1e-2, 0.9, 0.999, 1e-8, step)
            for index in 0..<37 {
                let g = Double(gradient[index])
                exactM[index] = 0.9 * exactM[index] + 0.1 * g
                exactV[index] = 0.999 * exactV[index] + 0.001 * g * g
                let corrected = (
                    exactM[index] / (1 - pow(0.9, Double(step))), exactV[index] / (1 - pow(0.999, Double(step)))
                )
                exact[index] -= 1e-2 * corrected.0 / (corrected.1.squareRoot() + 1e-8)
            }
        }
        #expect(relativeDifference(value, exact.map { Float($0) }) < 1e-5)
    }
}
