import Foundation
import Testing

@testable import LearningCurves

/// Public validation-Dice curves of nnU-Net and U-Net, where they are kept beside the project.
@Suite(.enabled(if: TestCurves.realCurves != nil, "needs shared/data/curves beside the project"))
struct RealCurvesTests {
    func curves() throws -> [StudyCurve] {
        let folder = try #require(TestCurves.realCurves)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try files.filter { $0.hasSuffix(".csv") && $0 != "manifest.csv" }.map { file in
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            let values = text.split(separator: "\n").dropFirst().compactMap {
                $0.split(separator: ",").last.flatMap { Double($0) }
            }
            return try StudyCurve(
                name: file, task: String(file.prefix(20)), context: RunContext(totalEpochs: values.count),
                points: TestCurves.points(values))
        }
    }

    /// The surrogate in the program has seen none of these curves. A quarter of them, for the sake of time.
    @Test func theShippedSurrogateBeatsEveryBaseline() throws {
        let curves = try curves()
        #expect(curves.count > 50)
        let some = stride(from: 1, to: curves.count, by: 4).map { curves[$0] }
        let table = try ForecastEvaluation.table(
            some, contenders: [Contender(name: "surrogate") { _ in Forecaster(surrogate: .shipped) }])
        let row = try #require(table.rows.last)
        for (figures, share) in zip(row.cuts, table.shares) {
            let ratio = try #require(figures.comparison?.ratio)
            #expect(ratio < 1, "at \(share)")
            #expect(try #require(figures.coverage) > 0.75, "at \(share)")
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
