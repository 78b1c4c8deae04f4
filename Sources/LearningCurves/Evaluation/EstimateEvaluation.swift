import Foundation

/// Judges estimates on whole studies: each method sees the sizes up to a share of the largest and says what the score at
/// the largest is, and which n reaches 99 % of it.
public enum EstimateEvaluation {
    /// - parameters:
    ///   - seed: of the estimator and of the bootstrap, which draws whole tasks.
    ///   - progress: told how many studies are done, now and then.
    /// - throws: ``LearningCurvesError`` where no study has enough sizes below some cut.
    public static func table(
        _ studies: [SizeStudy], seed: UInt64 = 1, progress: (Int) -> Void = { _ in }
    ) throws -> EstimateTable {
        let cuts = SizeCut.all
        let baselines = BaselineEstimate.allCases
        // [method][cut], ours last: of expected scores, and of those that will have been measured.
        let none = [[JudgedEstimate]](repeating: [], count: cuts.count)
        var expected = [[[JudgedEstimate]]](repeating: none, count: baselines.count + 1)
        var measured = expected
        var tasks = [[String]](repeating: [], count: cuts.count)
        for (done, study) in studies.enumerated() {
            for (index, cut) in cuts.enumerated() {
                guard let evidence = study.prefix(at: cut) else { continue }
                tasks[index].append(study.task)
                for (method, baseline) in baselines.enumerated() {
                    let both = JudgedEstimate.both(baseline, evidence, of: study)
                    expected[method][index].append(both.expected)
                    measured[method][index].append(both.measured)
                }
                let ours = JudgedEstimate.ours(evidence, of: study, seed: seed)
                expected[baselines.count][index].append(ours.expected)
                measured[baselines.count][index].append(ours.measured)
            }
            progress(done + 1)
        }
        if let empty = tasks.firstIndex(where: \.isEmpty) {
            let share = Int((cuts[empty].share * 100).rounded())
            throw LearningCurvesError.invalidObservations(
                problem:
                    "must be of at least \(DepthEstimation.minimumSizes) sizes up to \(share) % of the largest, in "
                    + "one study at least; none has")
        }
        let columns = cuts.indices.map { cut in
            figures(expected.map { $0[cut] } + measured.map { $0[cut] }, tasks: tasks[cut], seed: seed)
        }
        let methods = baselines.map(\.rawValue) + ["estimate"]
        return EstimateTable(
            shares: cuts.map(\.share),
            rows: (methods + methods.map { "\($0), measured" }).enumerated().map { row, method in
                EstimateTable.Row(method: method, cuts: columns.map { $0[row] })
            },
            judged: tasks.map(\.count), studies: studies.count, tasks: Set(studies.map(\.task)).count)
    }

    /// Of every row at one cut. Both of ours are compared with the baselines' expected scores.
    private static func figures(
        _ judged: [[JudgedEstimate]], tasks: [String], seed: UInt64
    ) -> [EstimateTable.Figures] {
        let groups = Dictionary(grouping: tasks.indices, by: { tasks[$0] }).sorted { $0.key < $1.key }.map(\.value)
        let baselines = BaselineEstimate.allCases
        let ours = [baselines.count, judged.count - 1]
        func comparison(
            _ row: Int, of error: (JudgedEstimate) -> Double, by statistic: ([Double]) -> Double
        ) -> BaselineComparison? {
            guard ours.contains(row) else { return nil }
            let errors = judged[row].map(error)
            let others = baselines.indices.map { judged[$0].map(error) }
            let values = others.map(statistic)
            guard let best = values.indices.min(by: { values[$0] < values[$1] }) else { return nil }
            return PairedBootstrap.interval(
                errors, over: others[best], groups: groups, seed: seed, of: statistic
            ).map {
                BaselineComparison(
                    baseline: baselines[best].rawValue, ratio: statistic(errors) / values[best],
                    low: $0.low, high: $0.high)
            }
        }
        return judged.enumerated().map { row, estimates in
            EstimateTable.Figures(
                medianLogRatio: median(estimates.map { $0.size.value - $0.size.outcome }),
                medianAbsoluteLogRatio: median(estimates.map(\.size.error)),
                sizeComparison: comparison(row, of: \.size.error, by: median),
                sizeCoverage: coverage(estimates.map(\.size)), sizeWidth: width(estimates.map(\.size), of: median),
                scoreError: mean(estimates.map(\.score.error)),
                scoreComparison: comparison(row, of: \.score.error, by: mean),
                scoreCoverage: coverage(estimates.map(\.score)), scoreWidth: width(estimates.map(\.score), of: mean))
        }
    }

    private static func coverage(_ forecasts: [JudgedForecast]) -> Double? {
        guard forecasts.allSatisfy({ $0.interval != nil }) else { return nil }
        return Double(forecasts.count(where: \.isCovered)) / Double(forecasts.count)
    }

    private static func width(_ forecasts: [JudgedForecast], of statistic: ([Double]) -> Double) -> Double? {
        let intervals = forecasts.compactMap(\.interval)
        return intervals.isEmpty ? nil : statistic(intervals.map { $0.upperBound - $0.lowerBound })
    }
}
