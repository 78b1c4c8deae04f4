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
        // [method][cut], ours last
        let none = [[JudgedEstimate]](repeating: [], count: cuts.count)
        var judged = [[[JudgedEstimate]]](repeating: none, count: baselines.count + 1)
        var tasks = [[String]](repeating: [], count: cuts.count)
        for (done, study) in studies.enumerated() {
            for (index, cut) in cuts.enumerated() {
                guard let evidence = study.prefix(at: cut) else { continue }
                tasks[index].append(study.task)
                for (method, baseline) in baselines.enumerated() {
                    judged[method][index].append(JudgedEstimate(baseline, evidence, of: study))
                }
                judged[baselines.count][index].append(
                    JudgedEstimate(evidence, of: study, samples: SizeEstimator.samples, seed: seed))
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
            figures(judged.map { $0[cut] }, tasks: tasks[cut], seed: seed)
        }
        let names = baselines.map(\.rawValue) + ["estimate"]
        return EstimateTable(
            shares: cuts.map(\.share),
            rows: names.enumerated().map { method, name in
                EstimateTable.Row(method: name, cuts: columns.map { $0[method] })
            },
            judged: tasks.map(\.count), studies: studies.count, tasks: Set(studies.map(\.task)).count)
    }

    /// Of every method at one cut.
    private static func figures(
        _ judged: [[JudgedEstimate]], tasks: [String], seed: UInt64
    ) -> [EstimateTable.Figures] {
        let groups = Dictionary(grouping: tasks.indices, by: { tasks[$0] }).sorted { $0.key < $1.key }.map(\.value)
        let sizeErrors = judged.map { $0.map(\.size.error) }
        let scoreErrors = judged.map { $0.map(\.score.error) }
        let ours = judged.count - 1
        func comparison(
            _ errors: [[Double]], of statistic: ([Double]) -> Double
        ) -> BaselineComparison? {
            let values = errors.map(statistic)
            guard let best = (0..<ours).min(by: { values[$0] < values[$1] }) else { return nil }
            return PairedBootstrap.interval(
                errors[ours], over: errors[best], groups: groups, seed: seed, of: statistic
            ).map {
                BaselineComparison(
                    baseline: BaselineEstimate.allCases[best].rawValue, ratio: values[ours] / values[best],
                    low: $0.low, high: $0.high)
            }
        }
        return judged.enumerated().map { method, estimates in
            let isOurs = method == ours
            return EstimateTable.Figures(
                medianLogRatio: median(estimates.map { $0.size.value - $0.size.outcome }),
                medianAbsoluteLogRatio: median(sizeErrors[method]),
                sizeComparison: isOurs ? comparison(sizeErrors, of: median) : nil,
                sizeCoverage: coverage(estimates.map(\.size)), sizeWidth: width(estimates.map(\.size), of: median),
                scoreError: mean(scoreErrors[method]),
                scoreComparison: isOurs ? comparison(scoreErrors, of: mean) : nil,
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
