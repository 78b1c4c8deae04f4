/// Loss and DSC of a network over whole cases, in evaluation mode.
struct Evaluation {
    /// Of each case, in order.
    private(set) var losses: [Double] = []
    /// DSC of each case by foreground class.
    private(set) var scores: [[Double]] = []

    mutating func add(loss: Double, scores: [Double]) {
        losses.append(loss)
        self.scores.append(scores)
    }

    var meanLoss: Double { Self.mean(losses) }
    /// Over cases, of each case's mean over its classes.
    var meanScore: Double { Self.mean(caseScores) }
    /// Over cases, for each class.
    var meanByClass: [Double] { (scores.first ?? []).indices.map { item in Self.mean(scores.map { $0[item] }) } }

    /// Standard deviation over cases of each case's mean; 0 for one case.
    var scoreDeviation: Double {
        guard scores.count > 1 else { return 0 }
        let mean = meanScore
        return (caseScores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count - 1)).squareRoot()
    }

    private var caseScores: [Double] { scores.map(Self.mean) }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
