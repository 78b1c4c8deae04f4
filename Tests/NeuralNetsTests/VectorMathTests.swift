import CKernels
import Foundation
import Testing

@testable import NeuralNets

/// The exponential and the logarithms that the losses are made of.
@Suite struct VectorMathTests {
    private typealias Function = (UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int, ck_isa) -> Void

    /// The largest error in units of the last place of the exact result, over numbers spread evenly by their bits.
    private func worst(
        _ function: Function, _ exact: (Double) -> Double, over range: ClosedRange<UInt32>, _ isa: ck_isa
    ) -> Double {
        let x = stride(from: range.lowerBound, through: range.upperBound, by: 40_009).map { Float(bitPattern: $0) }
        var y = [Float](repeating: .nan, count: x.count)
        function(&y, x, x.count, isa)
        return zip(x, y).map { x, y in
            let expected = exact(Double(x))
            let nearest = Float(expected)
            if nearest.isInfinite || y.isInfinite { return nearest == y ? 0 : .infinity }
            return abs(Double(y) - expected) / Double(max(abs(nearest), .leastNormalMagnitude).ulp)
        }.reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
    }

    @Test(arguments: Instructions.available) func areWithinTwoUnitsOfTheLastPlace(_ instructions: Instructions) {
        let isa = instructions.isa
        // All results from the largest to 0 through the denormal ones, and beyond either end.
        #expect(worst(ck_exp, exp, over: (0 as Float).bitPattern...(110 as Float).bitPattern, isa) < 2)
        #expect(worst(ck_exp, exp, over: (-0.0 as Float).bitPattern...(-110 as Float).bitPattern, isa) < 2)
        #expect(worst(ck_log1p_unit, log1p, over: (0 as Float).bitPattern...(1 as Float).bitPattern, isa) < 2)
        let normal = Float.leastNormalMagnitude.bitPattern...Float.greatestFiniteMagnitude.bitPattern
        #expect(worst(ck_log, log, over: normal, isa) < 2)
    }

    @Test(arguments: Instructions.available) func keepWhatIsNoNumber(_ instructions: Instructions) {
        let x: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 1e30, -1e30]
        var y = [Float](repeating: 7, count: x.count)
        ck_exp(&y, x, x.count, instructions.isa)
        #expect(y[0].isNaN)
        #expect(Array(y[1...]) == [.infinity, 0, 1, 1, .infinity, 0])
        ck_log1p_unit(&y, [.nan, 0], 2, instructions.isa)
        #expect(y[0].isNaN && y[1] == 0)
        ck_log(&y, [.nan, 1, .infinity], 3, instructions.isa)
        #expect(y[0].isNaN && y[1] == 0 && y[2] == .infinity)
    }
}
