import Foundation

/// Curves of expected DSC over size drawn from their posterior: an average over families, shapes, and how much curves
/// stray from them (``SizePosterior``).
struct CurveEnsemble {
    /// One curve per sample.
    let curves: [DrawnCurve]
    /// Each family's posterior probability, with its most typical member.
    let families: [(family: SaturationFamily, weight: Double, parameters: [String: Double])]
    private let knots: DrawnCurve.Knots

    /// Nothing is said beyond this multiple of the largest measured size.
    static let reach = 100.0

    /// - parameter movesWhole: by the error that all runs share; else curves are as these test cases show them.
    init(_ evidence: DepthEvidence, samples: Int, seed: UInt64, movesWhole: Bool = true) {
        self.init(evidence, SizePosterior(SizePrior(), evidence), samples: samples, seed: seed, movesWhole: movesWhole)
    }

    /// - parameter posterior: of the evidence.
    init(
        _ evidence: DepthEvidence, _ posterior: SizePosterior, samples: Int, seed: UInt64, movesWhole: Bool
    ) {
        let (prior, sizes) = (posterior.prior, posterior.sizes)
        let (first, last) = (sizes[0], sizes[sizes.count - 1])
        // The smallest and largest size themselves, where blocks have moved the ends, then steps of √2.
        let before = evidence.smallest < first * (1 - 1e-9) ? [evidence.smallest] : []
        var beyond = evidence.largest > last * (1 + 1e-9) ? [evidence.largest] : []
        while (beyond.last ?? last) < Self.reach * evidence.largest {
            beyond.append((beyond.last ?? last) * 2.0.squareRoot())
        }
        let knots = DrawnCurve.Knots(before + sizes + beyond)

        let speedThere = pow(last / first, -prior.calming / 2) * prior.strayingBeyond
        let stepsBeyond = zip([last] + beyond, beyond).map { speedThere * log2($1 / $0).squareRoot() }
        let stepBefore = before.first.map { log2(first / $0).squareRoot() }
        var generator = SeededGenerator(seed: seed)
        var cumulative: [Double] = []
        cumulative.reserveCapacity(posterior.probabilities.count)
        for probability in posterior.probabilities { cumulative.append((cumulative.last ?? 0) + probability) }

        func draw() -> DrawnCurve? {
            let place = cumulative.firstIndexNotBelow(generator.uniform())
            let setting = posterior.settings[place / posterior.atoms.count]
            let atom = posterior.atoms[place % posterior.atoms.count]
            let solution = setting.solutions[place % posterior.atoms.count]
            let isConstant = atom.family == .constant
            let gap = isConstant ? 0 : solution.gap + solution.gapDeviation * generator.normal()
            let moved = isConstant ? 0 : solution.slope * (gap - solution.gap)
            let asymptote = solution.asymptote + moved + solution.asymptoteDeviation * generator.normal()
            guard gap >= 0, asymptote <= 1 else { return nil }
            var residuals = zip(sizes, setting.means).map { n, mean in
                mean - asymptote + gap * atom.family.decay(n, smallest: first, atom.shape)
            }
            if let error = setting.forecastError { residuals = error.removed(from: residuals, using: &generator) }
            var straying = setting.walk.draw(residuals, using: &generator)
            for step in stepsBeyond {
                straying.append(straying[straying.count - 1] + setting.straying * step * generator.normal())
            }
            if let stepBefore {
                straying.insert(straying[0] + setting.straying * stepBefore * generator.normal(), at: 0)
            }
            // The error that all runs share moves the whole curve.
            let shared =
                movesWhole ? evidence.sharedError(noiseScale: setting.noiseScale) * generator.normal() : 0
            return DrawnCurve(
                atom.family, atom.shape, asymptote: min(1, asymptote + shared), gap: gap, origin: first,
                noiseScale: setting.noiseScale, knots: knots, straying: straying)
        }
        var curves: [DrawnCurve] = []
        curves.reserveCapacity(samples)
        var tries = 0
        while curves.count < samples, tries < Self.triesPerSample * samples {
            if let curve = draw() { curves.append(curve) }
            tries += 1
        }
        if curves.isEmpty {
            // Nothing within the bounds is at all probable; the mean says what there is to say.
            let mean = min(1, evidence.means.reduce(0, +) / Double(evidence.means.count))
            curves = [DrawnCurve(values: knots.sizes.map { _ in mean }, knots: knots)]
        }
        self.curves = curves
        self.knots = knots
        families = Self.families(posterior)
    }

    /// Draws beyond the bounds are rejected, at most so many for each that is wanted.
    private static let triesPerSample = 20

    /// A quantity of every curve, rising.
    func sorted(_ quantity: (DrawnCurve) -> Double) -> [Double] { curves.map(quantity).sorted() }

    /// The median of a quantity with its central interval.
    func interval(confidence: Double, _ quantity: (DrawnCurve) -> Double) -> SizeEstimate.Interval {
        let values = sorted(quantity)
        return SizeEstimate.Interval(
            value: quantile(0.5, ofSorted: values), low: quantile((1 - confidence) / 2, ofSorted: values),
            high: quantile((1 + confidence) / 2, ofSorted: values))
    }

    /// The curve of medians, as a curve of its own: what is expected at each size.
    var median: DrawnCurve {
        let medians = knots.sizes.indices.map { index in LearningCurves.median(curves.map { $0.values[index] }) }
        return DrawnCurve(values: medians, knots: knots)
    }

    /// By falling weight. The typical member has the posterior mean of the shape's logarithm, and the asymptote and gap that
    /// fit best with it.
    private static func families(
        _ posterior: SizePosterior
    ) -> [(family: SaturationFamily, weight: Double, parameters: [String: Double])] {
        let count = posterior.atoms.count
        var byAtom = [Double](repeating: 0, count: count)
        for (index, probability) in posterior.probabilities.enumerated() { byAtom[index % count] += probability }
        let likeliest = posterior.settings.indices.max { a, b in
            func sum(_ setting: Int) -> Double {
                posterior.probabilities[(setting * count)..<((setting + 1) * count)].reduce(0, +)
            }
            return sum(a) < sum(b)
        }
        let system = posterior.settings[likeliest ?? 0].system
        let smallest = posterior.sizes[0]
        return SaturationFamily.allCases.map { family in
            let members = posterior.atoms.indices.filter { posterior.atoms[$0].family == family }
            // Of probabilities whose sum may be a rounding error above 1.
            let weight = min(1, members.reduce(0) { $0 + byAtom[$1] })
            func typical(_ parameter: (SaturationFamily.Shape) -> Double) -> Double {
                guard weight > 0 else { return parameter(posterior.atoms[members[members.count / 2]].shape) }
                return exp(
                    members.reduce(0) { $0 + byAtom[$1] * log(parameter(posterior.atoms[$1].shape)) } / weight)
            }
            let shape = SaturationFamily.Shape(c: typical(\.c), d: typical(\.d))
            let (solution, _) = system.solve(
                posterior.sizes.map { family.decay($0, smallest: smallest, shape) })
            return (
                family, weight,
                family.parameters(
                    asymptote: min(1, solution.asymptote), gap: max(0, solution.gap), smallest: smallest, shape)
            )
        }.sorted { $0.weight > $1.weight }
    }
}

extension [Double] {
    /// Of rising numbers, by halving; the last where all are below.
    fileprivate func firstIndexNotBelow(_ value: Double) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
