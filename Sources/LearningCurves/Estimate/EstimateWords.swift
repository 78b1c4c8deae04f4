import Foundation

/// Puts an estimate into plain words: what it assumes, and what to run or collect next.
struct EstimateWords {
    let answers: [SizeEstimate.Depth]
    /// The best depth's answer; nil when no depth has enough data.
    let chosen: SizeEstimate.Depth?
    let chosenEvidence: DepthEvidence?
    let observations: [SizeObservation]
    let query: EstimateQuery
    let referenceN: Int
    let samples: Int

    private var confidence: String { percent(query.confidence) }

    var advice: String {
        guard let chosen, let evidence = chosenEvidence else { return insufficientAdvice }
        let target = targetAdvice(chosen, evidence)
        let parts = [
            target, plateauAdvice(chosen, evidence, namesSizes: target == nil), lowAdvice(chosen), otherDepthsAdvice,
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }

    /// The depth with the most sizes; nil where nothing is measured.
    var fullest: SizeEstimate.Depth? { answers.max { $0.sizesMeasured < $1.sizesMeasured } }

    // MARK: Advice

    private var insufficientAdvice: String {
        guard let depth = fullest else {
            return "Nothing is measured yet. Run at least 3 different sizes, the largest of them all images you have."
        }
        let sizes = Set(observations.filter { $0.layers == depth.depth }.map(\.n)).sorted()
        return "Measured \(count(sizes.count, "size")) (\(numbers(sizes))\(at(depth.depth))); at least "
            + "\(DepthEstimation.minimumSizes) different sizes are needed. \(run(next(sizes).missing, sizes, worth: depth.nextStep))"
    }

    private func targetAdvice(_ depth: SizeEstimate.Depth, _ evidence: DepthEvidence) -> String? {
        guard let target = depth.nTarget, let asymptote = depth.asymptote else { return nil }
        let goal = dsc(target.targetDSC)
        let largest = depth.largestMeasuredN
        guard let size = target.size else {
            if asymptote.high < target.targetDSC {
                return "A DSC of \(goal) is not reached and looks out of reach: more images lead to about "
                    + "\(dsc(asymptote.value)) (\(dsc(asymptote.low))–\(dsc(asymptote.high))). Change the network or its "
                    + "training, or lower the target."
            }
            return
                "A DSC of \(goal) is not reached with the \(largest) images measured, and whether more would reach it "
                + "is open at \(confidence) confidence: they lead to \(dsc(asymptote.low))–\(dsc(asymptote.high)). "
                + nextSizes(depth, evidence)
        }
        let interval = "\(size.low)–\(size.high.map(String.init) ?? "unknown")"
        if target.status == .reached {
            return "A DSC of \(goal) is expected from \(size.value) images on (\(interval)), at \(confidence) "
                + "confidence."
        }
        let caution = size.extrapolated ? " That is an extrapolation far beyond what was measured." : ""
        let likely = size.median.map { "it is as likely as not at \($0) (\(interval)), and " } ?? ""
        return "A DSC of \(goal) is not reached with the \(largest) images measured; \(likely)to be expected of "
            + "\(size.value) at \(confidence) confidence.\(caution) \(nextSizes(depth, evidence))"
    }

    private func plateauAdvice(
        _ depth: SizeEstimate.Depth, _ evidence: DepthEvidence, namesSizes: Bool
    ) -> String? {
        guard let gain = depth.gainOfDoubling else { return nil }
        let largest = depth.largestMeasuredN
        if let plateau = depth.nPlateau {
            let already =
                Double(plateau.value) <= evidence.smallest
                ? " That is the smallest size measured: fewer may do; run smaller sizes to know." : ""
            return "\(plateau.value) images are enough: up to \(referenceN), more gain less than \(dsc(query.delta)) "
                + "in DSC, at \(confidence) confidence.\(already) To do better, change the network or its training, "
                + "not the number of images."
        }
        let rise = lastRise(depth, evidence)
        if rise.gain >= query.delta || gain.value >= query.delta {
            let next = namesSizes ? " \(nextSizes(depth, evidence))" : ""
            return "Measured up to \(largest) images; DSC still rises\(at(depth.depth)) by \(dsc(rise.gain)) from "
                + "\(rise.from) to \(largest), and doubling \(largest) may add \(dsc(gain.low))–\(dsc(gain.high)).\(next)"
        }
        return "Measured up to \(largest) images; no clear rise is left\(at(depth.depth)), but a gain of up to "
            + "\(dsc(gain.high)) from doubling \(largest) can't be excluded."
            + (namesSizes ? " \(nextSizes(depth, evidence))" : "")
            + " Or run more seeds at the largest sizes (\(numbers(next(evidence).repeated))), or ask with a delta above "
            + "\(dsc(gain.high))."
    }

    /// How the fitted curve rises over the last step of at least a third between measured sizes.
    private func lastRise(_ depth: SizeEstimate.Depth, _ evidence: DepthEvidence) -> (from: Int, gain: Double) {
        let from = evidence.sizes.last { $0 * 1.3 <= evidence.largest } ?? evidence.smallest
        func expected(_ n: Double) -> Double {
            depth.curve.min { abs(log(Double($0.n) / n)) < abs(log(Double($1.n) / n)) }?.dsc ?? 0
        }
        return (Int(from), expected(evidence.largest) - expected(from))
    }

    private func lowAdvice(_ depth: SizeEstimate.Depth) -> String? {
        guard let highest = depth.curve.last?.dsc, highest < 0.2 else { return nil }
        return "DSC stays near \(dsc(highest)): the network has hardly learnt, so first look at its training and the "
            + "masks; the number of images may not be what is missing."
    }

    private var otherDepthsAdvice: String? {
        let lacking = answers.filter { $0.status == .insufficientData }.compactMap(\.depth)
        guard !lacking.isEmpty else { return nil }
        return "Too few sizes to judge depth \(numbers(lacking))."
    }

    private func next(_ measured: [Int]) -> NextSizes { NextSizes(measured: measured, query: query) }

    private func next(_ evidence: DepthEvidence) -> NextSizes { next(evidence.sizes.map { Int($0) }) }

    private func nextSizes(_ depth: SizeEstimate.Depth, _ evidence: DepthEvidence) -> String {
        let measured = evidence.sizes.map { Int($0) }
        return run(next(measured).larger, measured, worth: depth.nextStep)
    }

    /// Which sizes to run, whether they must be annotated first, and what that is worth.
    private func run(_ sizes: [Int], _ measured: [Int], worth: SizeEstimate.NextStep?) -> String {
        guard let first = sizes.first, let largest = measured.last else {
            return "More than the \(query.maxN ?? 0) images allowed would be needed to tell."
        }
        let order =
            if first <= largest {
                "Run \(numbers(sizes)) as well."
            } else if next(measured).areAtHand, let pool = query.maxN ?? query.poolSize {
                "Run \(numbers(sizes)) of the \(pool) images there are."
            } else { "Annotate more: try sizes \(numbers(sizes))." }
        guard let worth, worth.sizes == sizes else { return order }
        let quantity =
            switch worth.quantity {
            case .gainOfDoubling: "the gain from doubling \(largest)"
            case .expectedDSC: "the DSC expected of \(referenceN) images"
            }
        return "\(order) One run of each would narrow the \(confidence) interval of \(quantity) from "
            + "\(dsc(worth.widthNow)) to about \(dsc(worth.widthThen)) in DSC."
    }

    // MARK: Assumptions

    var assumptions: [String] {
        guard !observations.isEmpty else { return [] }
        var list = [
            "Expected DSC over the number of images n rises by a power law, an exponential or Morgan, Mercer and Flodin's "
                + "family, or is constant, towards at most 1, and may stray from it, also downwards: by less and less up to "
                + "the largest size, more freely beyond.",
            "All of these are averaged by how probable the runs make them, over \(samples) curves drawn.",
        ]
        let seeds = Set(observations.compactMap(\.seed)).count
        list.append(
            chosenEvidence?.hasRepeats == true
                ? "The noise of a run comes from repeated seeds (\(max(seeds, 2))), pooled over sizes."
                : "One run per size: the noise of a run comes from how the sizes scatter and from standard errors, not from "
                    + "seeds.")
        let errors = observations.filter { $0.standardError != nil }.count
        list.append(
            errors == 0
                ? "No standard errors were given: each run counts alike, with an error of "
                    + "\(DepthEvidence.assumedError) assumed where seeds don't tell."
                : "Test error is partly shared by all runs, which use the same test cases: it moves the whole curve.")
        list.append(
            "Statements and intervals hold at \(confidence) confidence within these families. n_plateau and n_target "
                + "are the n at which the statement holds with that confidence; low and high bound where it begins.")
        list.append(
            "Gains are compared to \(referenceN) images. A plateau also asks that doubling the largest measured size "
                + "gain less than \(dsc(query.delta)).")
        let forecasts = observations.filter(\.isForecast).count
        if forecasts > 0 {
            list.append(
                "\(forecasts) of \(observations.count) values are forecasts, of runs that were stopped early or have not ended; half "
                    + "of what they may be off by is taken for common to all."
            )
        }
        list.append("Beyond twice the largest measured size, and for the asymptote, the answer is extrapolation.")
        return list
    }

    // MARK: Words

    private func at(_ depth: Int?) -> String { depth.map { " at depth \($0)" } ?? "" }

    private func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private func numbers(_ items: [Int]) -> String { list(items.map(String.init)) }

    private func list(_ items: [String]) -> String {
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " and " + last
    }

    private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    private func dsc(_ value: Double) -> String { String(format: value < 0.095 ? "%.3f" : "%.2f", value) }
}
