/// A learning curve that has passed every check: at least one point, epochs rising within 1…totalEpochs, DSC in 0…1,
/// losses finite.
struct Curve: Sendable {
    let points: [CurvePoint]
    let totalEpochs: Int

    /// - throws: ``LearningCurvesError`` naming the first bad point.
    init(_ points: [CurvePoint], totalEpochs: Int) throws {
        guard !points.isEmpty else {
            throw LearningCurvesError.invalidCurve(problem: "must have at least one point")
        }
        guard points.count <= 100_000 else {
            throw LearningCurvesError.invalidCurve(problem: "must have at most 100000 points; got \(points.count)")
        }
        var before = 0
        for (index, point) in points.enumerated() {
            func refuse(_ field: String, _ problem: String) -> LearningCurvesError {
                .invalidPoint(index: index, field: field, problem: problem)
            }
            guard (1...totalEpochs).contains(point.epoch) else {
                throw refuse("epoch", "must be 1…\(totalEpochs), the epochs of the run; got \(point.epoch)")
            }
            guard point.epoch > before else {
                throw refuse("epoch", "must be greater than the epoch before it, \(before); got \(point.epoch)")
            }
            guard (0...1).contains(point.valDSC) else {
                throw refuse("val_dsc", "must be 0…1; got \(point.valDSC)")
            }
            for (field, loss) in [("train_loss", point.trainLoss), ("val_loss", point.valLoss)] {
                if let loss, !loss.isFinite { throw refuse(field, "must be finite; got \(loss)") }
            }
            before = point.epoch
        }
        self.points = points
        self.totalEpochs = totalEpochs
    }

    /// The epoch of the last point.
    var epochsSeen: Int { points[points.count - 1].epoch }

    var isComplete: Bool { epochsSeen == totalEpochs }

    /// The DSC a run ends with: the mean of the last 5 % of its points, at least one.
    var finalDSC: Double {
        let count = Self.pointsInFinal(of: points.count)
        return points.suffix(count).reduce(0) { $0 + $1.valDSC } / Double(count)
    }

    /// The part up to `epoch`; nil when it has no point.
    func prefix(through epoch: Int) -> Curve? {
        try? Curve(Array(points.prefix { $0.epoch <= epoch }), totalEpochs: totalEpochs)
    }

    /// The first points, at least one of them.
    func prefix(points count: Int) -> Curve { Curve(valid: Array(points.prefix(max(1, count))), totalEpochs) }

    /// Averaged in `blocks` blocks of equal numbers of epochs (one more or less where they do not divide), each at its
    /// last epoch seen; as it is where it has no more epochs than blocks.
    func averaged(blocks: Int) -> Curve {
        guard totalEpochs > blocks else { return self }
        var averaged: [CurvePoint] = []
        var start = 0
        while start < points.count {
            let block = self.block(of: points[start].epoch, of: blocks)
            var end = start
            while end < points.count, self.block(of: points[end].epoch, of: blocks) == block { end += 1 }
            let part = points[start..<end]
            func mean(_ values: [Double]) -> Double? {
                values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            averaged.append(
                CurvePoint(
                    epoch: part[end - 1].epoch, valDSC: mean(part.map(\.valDSC)) ?? 0,
                    trainLoss: mean(part.compactMap(\.trainLoss)), valLoss: mean(part.compactMap(\.valLoss))))
            start = end
        }
        return Curve(valid: averaged, totalEpochs)
    }

    private func block(of epoch: Int, of blocks: Int) -> Int { (epoch - 1) * blocks / totalEpochs }

    /// The epoch in the middle of those whose mean is the final DSC of the complete curve.
    var middleOfFinal: Double { Double(totalEpochs) - Double(Self.pointsInFinal(of: totalEpochs) - 1) / 2 }

    static func pointsInFinal(of count: Int) -> Int { max(1, count / 20) }

    private init(valid points: [CurvePoint], _ totalEpochs: Int) {
        self.points = points
        self.totalEpochs = totalEpochs
    }
}
