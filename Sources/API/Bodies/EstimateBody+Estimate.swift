import LearningCurves

extension EstimateBody {
    /// - Parameter circumstances: assumptions that the estimator cannot know of.
    init(_ estimate: SizeEstimate, sweepID: String?, circumstances: [String]) {
        self.init(
            sweepID: sweepID, status: estimate.status.rawValue, nPlateau: estimate.nPlateau.map(Size.init),
            nTarget: estimate.nTarget.map(Target.init), asymptote: estimate.asymptote.map(Interval.init),
            expected: estimate.expected.map(Expected.init), nextStep: estimate.nextStep.map(NextStep.init),
            delta: estimate.delta, confidence: estimate.confidence, poolSize: estimate.poolSize,
            referenceN: estimate.referenceN > 0 ? estimate.referenceN : nil,
            largestMeasuredN: estimate.largestMeasuredN > 0 ? estimate.largestMeasuredN : nil,
            extrapolated: estimate.extrapolated, depth: estimate.depth,
            byDepth: estimate.byDepth.map(Depth.init),
            families: estimate.families.map(Family.init), evidence: estimate.evidence.map(Evidence.init),
            assumptions: circumstances + estimate.assumptions, advice: estimate.advice)
    }
}

extension EstimateBody.Size {
    init(_ size: SizeEstimate.Size) {
        self.init(
            value: size.value, low: size.low, high: size.high, median: size.median, fraction: size.fraction,
            lowFraction: size.lowFraction, highFraction: size.highFraction, extrapolated: size.extrapolated)
    }
}

extension EstimateBody.Target {
    init(_ target: SizeEstimate.Target) {
        self.init(
            targetDSC: target.targetDSC, status: target.status.rawValue, size: target.size.map(EstimateBody.Size.init))
    }
}

extension EstimateBody.Interval {
    init(_ interval: SizeEstimate.Interval) {
        self.init(value: interval.value, low: interval.low, high: interval.high)
    }
}

extension EstimateBody.Expected {
    init(_ expected: SizeEstimate.Expected) {
        self.init(
            n: expected.n, fraction: expected.fraction, dsc: expected.dsc.value, low: expected.dsc.low,
            high: expected.dsc.high, extrapolated: expected.extrapolated)
    }
}

extension EstimateBody.NextStep {
    init(_ step: SizeEstimate.NextStep) {
        self.init(
            sizes: step.sizes, quantity: step.quantity.rawValue, widthNow: step.widthNow, widthThen: step.widthThen)
    }
}

extension EstimateBody.Family {
    init(_ family: SizeEstimate.Family) {
        self.init(name: family.name, weight: family.weight, parameters: family.parameters)
    }
}

extension EstimateBody.Evidence {
    init(_ observation: SizeObservation) {
        self.init(
            runID: observation.runID, n: observation.n, depth: observation.layers, seed: observation.seed,
            dsc: observation.dsc, standardError: observation.standardError, forecast: observation.isForecast)
    }
}

extension EstimateBody.Depth {
    init(_ depth: SizeEstimate.Depth) {
        self.init(
            depth: depth.depth, status: depth.status.rawValue, nPlateau: depth.nPlateau.map(EstimateBody.Size.init),
            nTarget: depth.nTarget.map(EstimateBody.Target.init),
            asymptote: depth.asymptote.map(EstimateBody.Interval.init),
            curve: depth.curve.map { EstimateBody.CurvePoint(n: $0.n, dsc: $0.dsc, low: $0.low, high: $0.high) },
            families: depth.families.map(EstimateBody.Family.init), largestMeasuredN: depth.largestMeasuredN,
            gainOfDoubling: depth.gainOfDoubling.map(EstimateBody.Interval.init),
            expected: depth.expected.map(EstimateBody.Expected.init),
            nextStep: depth.nextStep.map(EstimateBody.NextStep.init))
    }
}
