import Foundation

/// What the surrogate sees of a curve: one step per block of epochs, each from that block and those before it alone, so
/// that the steps of a whole curve are also those of every shorter one. Levels are given as differences from the level
/// of late in units of how much the curve still moves, as the inverse hyperbolic sine: what the network learns of one
/// curve then holds for a curve that lies elsewhere or moves more.
struct SurrogateFeatures {
    /// Numbers per step.
    static let count = 36
    /// A run of more epochs is averaged over this many equal blocks.
    static let maximumBlocks = 100

    /// [steps, count]
    private(set) var values: [Float] = []
    /// The mean DSC of the last fifth of the steps so far, five at most: the forecast is a difference from it.
    private(set) var bases: [Double] = []
    /// The unit of that difference, DSC; at least 0.001.
    private(set) var scales: [Double] = []
    /// Standard deviation of single blocks about the curve of late.
    private(set) var noises: [Double] = []

    private let total: Double
    private let epochsPerBlock: Double
    private let configuration: [Float]
    private var dsc: [Double] = []
    private var best = 0.0
    private var noise = 0.0
    /// Sizes of the second differences of late.
    private var bends: [Double] = []
    private var wholePower: RunningFit
    private var latePower: RunningFit
    private var exponential: RunningFit
    private var trainLosses = LossTrend()
    private var valLosses = LossTrend()

    init(_ curve: Curve, context: RunContext) {
        total = Double(curve.totalEpochs)
        epochsPerBlock = max(1, total / Double(Self.maximumBlocks))
        configuration = Self.configuration(context)
        // In blocks for the power law, in shares of the run for the exponential.
        let end = curve.middleOfFinal / epochsPerBlock
        wholePower = RunningFit(rates: 0.03...3, end: log(end))
        latePower = wholePower
        exponential = RunningFit(rates: 0.3...100, end: curve.middleOfFinal / total)
        let blocks = curve.averaged(blocks: Self.maximumBlocks)
        values.reserveCapacity(blocks.points.count * Self.count)
        for point in blocks.points { add(point) }
    }

    private mutating func add(_ point: CurvePoint) {
        dsc.append(point.valDSC)
        let (seen, value, epoch) = (dsc.count, point.valDSC, Double(point.epoch))
        best = max(best, value)
        if seen >= 3 {
            // The second difference takes out a trend. The median of late is not moved by the bend at a curve's start, which
            // would make a quiet curve look noisy; 0.6745 and √6 make a standard deviation of it.
            if bends.count == 10 { bends.removeFirst() }
            bends.append(abs(value - 2 * dsc[seen - 2] + dsc[seen - 3]))
            noise = bends.sorted()[(bends.count - 1) / 2] / (0.6745 * 6.0.squareRoot())
        }
        let base = level(at: 1)
        let half = level(at: 0.5)
        let room = min(1 - base, 0.3)
        let scale = [0.5 * (base - half), noise, 0.02 * room, 0.001, base < 0.02 ? 0.1 : 0]
            .reduce(0) { $0 + $1 * $1 }.squareRoot()
        let time = epoch / epochsPerBlock
        let powers = wholePower.decays(at: log(time))
        wholePower.add(powers, value)
        latePower.add(powers, value, memory: 1 - 1 / (0.3 * Double(seen) + 2))
        exponential.add(exponential.decays(at: epoch / total), value)
        let fits = [wholePower.end, latePower.end, exponential.end]
        let late = dsc.suffix(max(1, min(20, Int((0.2 * Double(seen)).rounded()))))

        func step(_ level: Double) -> Float { Float(asinh((level - base) / scale)) }
        values += [
            Float(epoch / total), Float(log(epoch) / 7), Float(log(total / epoch) / 5), Float(log(total) / 7),
            Float(log(Double(seen)) / 5), Float(base), Float(log(1 - base + 0.01) / 2), Float(log(base + 0.01) / 2),
            Float(log(scale) / 2 + 2), step(value), step(best), Float(noise / scale), step(half),
            step(level(at: 0.25)), step(level(at: 0.75)),
        ]
        values += fits.map { step($0.value) }
        values += [step(late.max() ?? value), step(late.min() ?? value)]
        values += fits.map { step(base + $0.spread) }
        values += trainLosses.add(point.trainLoss)
        values += valLosses.add(point.valLoss)
        values += configuration
        bases.append(base)
        scales.append(scale)
        noises.append(noise)
    }

    /// The mean over the last fifth, five steps at most, of the first `share` of the steps so far.
    private func level(at share: Double) -> Double {
        let count = max(1, Int((share * Double(dsc.count)).rounded()))
        let width = max(1, min(5, Int((0.2 * Double(count)).rounded())))
        return dsc[(count - width)..<count].reduce(0, +) / Double(width)
    }

    /// What is known of the configuration; zeros for what is not.
    private static func configuration(_ context: RunContext) -> [Float] {
        func number(_ value: Int?, _ scaled: (Double) -> Double) -> Float {
            Float(value.map { scaled(Double($0)) } ?? 0)
        }
        return [
            number(context.size) { log10($0 + 1) / 4 }, Float(context.fraction ?? 0), number(context.layers) { $0 / 6 },
            number(context.dimensions) { $0 - 2.5 }, number(context.parameterCount) { log10($0 + 1) / 7 },
        ]
    }
}
