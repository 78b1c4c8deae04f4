extension Surrogate {
    /// This surrogate with its intervals as wide as they should have been on `curves`, none of which it may have seen.
    ///
    /// Incomplete and invalid curves are left out.
    public func calibrated(on curves: [FinishedCurve]) -> Surrogate {
        calibrated(on: curves.compactMap(TrainingExample.init), version: version)
    }

    func calibrated(on examples: [TrainingExample], version: Int) -> Surrogate {
        let provenance = "\(provenance), intervals calibrated on \(examples.count)"
        let plain = Surrogate(version: version, provenance: provenance, calibration: nil, rounded: models)
        let scores = Calibration.shares.map { share in
            examples.compactMap { example -> Double? in
                guard let prefix = example.prefix(share: share, atLeast: Calibration.leastEpochs), !prefix.isComplete,
                    let forecast = plain.quantiles(prefix, context: example.context)
                else { return nil }
                return Calibration.score(forecast, outcome: example.outcome)
            }
        }
        return Surrogate(
            version: version, provenance: provenance, calibration: Calibration(scores: scores), rounded: models)
    }
}
