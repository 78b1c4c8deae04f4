import CKernels
import Foundation
import Testing

@testable import NeuralNets

@Suite struct AdamTests {
    /// Twenty steps from the same start, by plain loops and by vectors; the sizes leave every kind of rest.
    @Test(arguments: Instructions.available, [1, 5, 16, 17, 33, 1000]) func isAsItsTwin(
        _ instructions: Instructions, count: Int
    ) {
        var numbers = Numbers(seed: 33)
        let start = numbers.uniform(count)
        var plain = (start, [Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var fast = plain
        var sliced = plain
        for step in 1...20 {
            // A parameter without a gradient stays where it is.
            var gradient = numbers.uniform(count)
            gradient[0] = 0
            ck_adam_step(&plain.0, &plain.1, &plain.2, gradient, count, 1e-2, 0.9, 0.999, 1e-8, step)
            var adam = ck_adam(lr: 1e-2, beta1: 0.9, beta2: 0.999, eps: 1e-8, t: step)
            ck_adam_update(&fast.0, &fast.1, &fast.2, gradient, count, &adam, instructions.isa)
            // A cut anywhere changes nothing: threads may take a part each.
            let cut = count / 3
            for range in [0..<cut, cut..<count] {
                sliced.0.withUnsafeMutableBufferPointer { value in
                    sliced.1.withUnsafeMutableBufferPointer { m in
                        sliced.2.withUnsafeMutableBufferPointer { v in
                            gradient.withUnsafeBufferPointer { gradient in
                                // Within bounds: range lies in 0..<count.
                                ck_adam_update(
                                    value.baseAddress! + range.lowerBound, m.baseAddress! + range.lowerBound,
                                    v.baseAddress! + range.lowerBound, gradient.baseAddress! + range.lowerBound,
                                    range.count, &adam, instructions.isa)
                            }
                        }
                    }
                }
            }
        }
        #expect(relativeDifference(fast.0, plain.0) < 1e-6)
        #expect(relativeDifference(fast.1, plain.1) < 1e-6)
        #expect(relativeDifference(fast.2, plain.2) < 1e-6)
        #expect(fast.0[0] == start[0])
        #expect(sliced.0 == fast.0 && sliced.1 == fast.1 && sliced.2 == fast.2)
    }
}
