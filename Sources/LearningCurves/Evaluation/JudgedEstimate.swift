import Foundation

/// One method's estimate of a study at a cut: of expected scores, or of those that the study will have measured.
struct JudgedEstimate {
    /// ln n of the size that reaches 99 % of the full-size score.
    let size: JudgedForecast
    /// At full size.
    let score: JudgedForecast

    /// Both ways of a single family.
    static func both(
        _ baseline: BaselineEstimate, _ evidence: DepthEvidence, of study: SizeStudy
    ) -> (expected: JudgedEstimate, measured: JudgedEstimate) {
        let curve = baseline.curve(evidence)
        let answer = BaselineEstimate.answer(evidence, curve: curve, fullSize: study.fullSize)
        let continued = ContinuedStudy(evidence, of: study)
        let measured = continued.trueSize(continued.sizes.map { curve?($0) ?? answer.score })
        func judged(size: Double) -> JudgedEstimate {
            JudgedEstimate(
                size: JudgedForecast(value: log(size), outcome: log(study.trueSize)),
                score: JudgedForecast(value: answer.score, outcome: study.fullScore))
        }
        return (judged(size: answer.size), judged(size: measured))
    }

    /// Both ways of the program's own estimator.
    static func ours(
        _ evidence: DepthEvidence, of study: SizeStudy, seed: UInt64
    ) -> (expected: JudgedEstimate, measured: JudgedEstimate) {
        let posterior = SizePosterior(SizePrior(), evidence)
        func ensemble(movesWhole: Bool) -> CurveEnsemble {
            CurveEnsemble(
                evidence, posterior, samples: SizeEstimator.samples, seed: seed, movesWhole: movesWhole)
        }
        // All scores of a study are of the same test cases, and so are those that it will have.
        return (
            expected(ensemble(movesWhole: true), of: study),
            measured(ensemble(movesWhole: false), ContinuedStudy(evidence, of: study), of: study, seed: seed)
        )
    }

    private static func expected(_ ensemble: CurveEnsemble, of study: SizeStudy) -> JudgedEstimate {
        let full = study.fullSize
        func reaching(_ curve: DrawnCurve) -> Double {
            curve.size(reaching: SizeStudy.share * curve.dsc(full), known: full)
        }
        let size = ensemble.interval(confidence: 0.9, reaching)
        let score = ensemble.interval(confidence: 0.9) { $0.dsc(full) }
        return JudgedEstimate(
            size: JudgedForecast(
                value: log(reaching(ensemble.median)), interval: log(size.low)...log(size.high),
                outcome: log(study.trueSize)),
            score: JudgedForecast(value: score.value, interval: score.low...score.high, outcome: study.fullScore))
    }

    /// Noise moves the n of a curve by as much as curves differ.
    private static let outcomesPerCurve = 4

    /// Were each of the curves that are still possible the true one.
    private static func measured(
        _ ensemble: CurveEnsemble, _ continued: ContinuedStudy, of study: SizeStudy, seed: UInt64
    ) -> JudgedEstimate {
        var generator = SeededGenerator(seed: seed)
        let outcomes = ensemble.curves.flatMap { curve in
            (0..<outcomesPerCurve).map { _ in continued.scores(on: curve, using: &generator) }
        }
        func judged(_ values: [Double], outcome: Double) -> JudgedForecast {
            let sorted = values.sorted()
            return JudgedForecast(
                value: quantile(0.5, ofSorted: sorted),
                interval: quantile(0.05, ofSorted: sorted)...quantile(0.95, ofSorted: sorted), outcome: outcome)
        }
        return JudgedEstimate(
            size: judged(outcomes.map { log(continued.trueSize($0)) }, outcome: log(study.trueSize)),
            score: judged(outcomes.map { $0[$0.count - 1] }, outcome: study.fullScore))
    }
}
