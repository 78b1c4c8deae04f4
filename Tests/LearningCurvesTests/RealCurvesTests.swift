import Foundation
import Testing

@testable import LearningCurves

/// Public validation-Dice curves of nnU-Net and U-Net, where they are kept beside the project.
@Suite(.enabled(if: TestCurves.realCurves != nil, "needs shared/data/curves beside the project"))
struct RealCurvesTests {
    /// The curves averaged in blocks to at most 100 points.
    func curves() throws -> [Curve] {
        let folder = try #require(TestCurves.realCurves)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.filter { $0.hasSuffix(".csv") && $0 != "manifest.csv" }.map { file in
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            let values = text.split(separator: "\n").dropFirst().compactMap {
                $0.split(separator: ",").last.flatMap { Double($0) }
            }
            let size = max(1, values.count / 100)
            let blocks = stride(from: 0, to: values.count - size + 1, by: size).map {
                values[$0..<($0 + size)].reduce(0, +) / Double(size)
            }
            return try Curve(TestCurves.points(blocks), totalEpochs: blocks.count)
        }
    }

    @Test func curveFitsForecastRealRuns() throws {
        let curves = try curves()
        #expect(curves.count > 50)
        for (share, bound) in [(0.1, 0.033), (0.2, 0.016), (0.4, 0.011), (0.6, 0.008)] {
            var error = 0.0
            var covered = 0.0
            for curve in curves {
                let epoch = max(1, Int(share * Double(curve.totalEpochs)))
                let quantiles = CurveFitForecast.quantiles(try #require(curve.prefix(through: epoch))).quantiles
                error += abs(quantiles.median - curve.finalDSC)
                covered += (quantiles.values[0]...quantiles.values[4]).contains(curve.finalDSC) ? 1 : 0
            }
            let count = Double(curves.count)
            #expect(error / count < bound, "mean absolute error at \(share)")
            #expect(covered / count > 0.83, "coverage at \(share)")
        }
    }

    /// U-Net on ISIC 2018, test Dice: the last doubling of the images still brought 0.02.
    @Test func skinLesionStudyHasNotFlattened() throws {
        let folder = try #require(TestCurves.realCurves)
        let manifest = try String(contentsOf: folder.appendingPathComponent("manifest.csv"), encoding: .utf8)
        let observations = [(181, 0.7548), (453, 0.8019), (907, 0.8377), (1815, 0.8589)].map {
            SizeObservation(n: $0.0, dsc: $0.1)
        }
        for observation in observations {
            #expect(manifest.contains(",\(observation.n),") && manifest.contains("\(observation.dsc)"))
        }
        let plateau = try SizeEstimator.estimate(observations)
        #expect(plateau.status == .notReached && plateau.nPlateau == nil)
        #expect(plateau.advice.contains("DSC still rises"), "\(plateau.advice)")
        let target = try SizeEstimator.estimate(observations, query: EstimateQuery(targetDSC: 0.8))
        #expect(target.status == .reached)
        let size = try #require(target.nTarget?.size)
        #expect(size.low < 453 && size.value > 400 && size.value < 700)
    }
}
