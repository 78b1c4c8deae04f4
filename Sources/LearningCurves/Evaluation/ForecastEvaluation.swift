/// Judges forecasters on whole curves: each sees the first part of every curve and says how it ends.
public enum ForecastEvaluation {
    /// - parameters:
    ///   - seed: of the bootstrap.
    ///   - progress: told how many curves are done, now and then.
    /// - precondition: at least one curve.
    public static func table(
        _ curves: [StudyCurve], contenders: [Contender], seed: UInt64 = 1, progress: (Int) -> Void = { _ in }
    ) throws -> ForecastTable {
        precondition(!curves.isEmpty)
        let cuts = ForecastCut.all
        // [method][cut][curve]
        let none = [[JudgedForecast]](repeating: [], count: cuts.count)
        var baselines = [[[JudgedForecast]]](repeating: none, count: BaselineForecast.allCases.count)
        var ours = [[[JudgedForecast]]](repeating: none, count: contenders.count)
        for (done, study) in curves.enumerated() {
            let outcome = study.curve.finalDSC
            for (index, cut) in cuts.enumerated() {
                let prefix = study.prefix(at: cut)
                for (method, baseline) in BaselineForecast.allCases.enumerated() {
                    baselines[method][index].append(JudgedForecast(value: baseline.final(prefix), outcome: outcome))
                }
                for (method, contender) in contenders.enumerated() {
                    let values = try contender.forecaster(study.task).forecast(prefix.points, context: study.context)
                        .quantiles.values
                    ours[method][index].append(
                        JudgedForecast(value: values[2], interval: values[0]...values[4], outcome: outcome))
                }
            }
            progress(done + 1)
        }
        let best = cuts.indices.map { cut in
            baselines.indices.min { error(baselines[$0][cut]) < error(baselines[$1][cut]) } ?? 0
        }
        let baselineRows = BaselineForecast.allCases.enumerated().map { method, baseline in
            ForecastTable.Row(
                method: baseline.rawValue, cuts: cuts.indices.map { figures(baselines[method][$0], comparison: nil) })
        }
        let ourRows = contenders.enumerated().map { method, contender in
            let figures = cuts.indices.map { cut in
                self.figures(
                    ours[method][cut],
                    comparison: comparison(
                        ours[method][cut], with: baselines[best[cut]][cut],
                        named: BaselineForecast.allCases[best[cut]].rawValue, seed: seed))
            }
            return ForecastTable.Row(method: contender.name, cuts: figures)
        }
        return ForecastTable(
            shares: cuts.map(\.share), rows: baselineRows + ourRows, curves: curves.count,
            tasks: Dictionary(grouping: curves, by: \.task).mapValues(\.count))
    }

    private static func error(_ forecasts: [JudgedForecast]) -> Double { mean(forecasts.map(\.error)) }

    private static func comparison(
        _ forecasts: [JudgedForecast], with baseline: [JudgedForecast], named name: String, seed: UInt64
    ) -> BaselineComparison? {
        PairedBootstrap.interval(forecasts.map(\.error), over: baseline.map(\.error), seed: seed).map { interval in
            .init(
                baseline: name, ratio: error(forecasts) / error(baseline), low: interval.low, high: interval.high)
        }
    }

    private static func figures(
        _ forecasts: [JudgedForecast], comparison: BaselineComparison?
    ) -> ForecastTable.Figures {
        let intervals = forecasts.compactMap(\.interval)
        let covered = forecasts.count(where: \.isCovered)
        return .init(
            meanAbsoluteError: error(forecasts),
            rankCorrelation: rankCorrelation(forecasts.map(\.value), forecasts.map(\.outcome)),
            coverage: intervals.isEmpty ? nil : Double(covered) / Double(forecasts.count),
            width: intervals.isEmpty ? nil : mean(intervals.map { $0.upperBound - $0.lowerBound }),
            comparison: comparison)
    }
}
