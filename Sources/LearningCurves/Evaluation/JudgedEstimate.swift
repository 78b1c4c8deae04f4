import Foundation

/// One method's estimate of a study at a cut.
struct JudgedEstimate {
    /// ln n of the size that reaches 99 % of the full-size score.
    let size: JudgedForecast
    /// At full size.
    let score: JudgedForecast

    init(_ baseline: BaselineEstimate, _ evidence: DepthEvidence, of study: SizeStudy) {
        let answer = baseline.answer(evidence, fullSize: study.fullSize)
        size = JudgedForecast(value: log(answer.size), outcome: log(study.trueSize))
        score = JudgedForecast(value: answer.score, outcome: study.fullScore)
    }

    /// By the program's own estimator.
    init(_ evidence: DepthEvidence, of study: SizeStudy, samples: Int, seed: UInt64) {
        let ensemble = CurveEnsemble(evidence, samples: samples, seed: seed)
        let full = study.fullSize
        func reaching(_ curve: DrawnCurve) -> Double {
            curve.size(reaching: SizeStudy.share * curve.dsc(full), known: full)
        }
        let size = ensemble.interval(confidence: 0.9, reaching)
        let score = ensemble.interval(confidence: 0.9) { $0.dsc(full) }
        self.size = JudgedForecast(
            value: log(reaching(ensemble.median)), interval: log(size.low)...log(size.high),
            outcome: log(study.trueSize))
        self.score = JudgedForecast(value: score.value, interval: score.low...score.high, outcome: study.fullScore)
    }
}
