import Foundation

/// How much an estimate of one depth leaves open of the number of images.
enum SizeUncertainty: Equatable {
    /// The interval of n has two ends: the log of their ratio.
    case bounded(Double)
    /// It has no upper end, or nothing is reached: the width of the interval of what decides that. For a target the expected
    /// DSC at the largest size, for a plateau the gain of doubling it.
    case open(Double)

    /// - parameter wantsTarget: of the target, else of the plateau.
    init(_ depth: SizeEstimate.Depth, wantsTarget: Bool) {
        let size = wantsTarget ? depth.nTarget?.size : depth.nPlateau
        if let size, let high = size.high {
            self = .bounded(log(Double(high) / Double(size.low)))
        } else {
            let width =
                wantsTarget ? depth.curve.last.map { $0.high - $0.low } : depth.gainOfDoubling.map { $0.high - $0.low }
            self = .open(width ?? .infinity)
        }
    }

    /// The share of it that is gone `afterwards`, at most 1; below 0 where it has grown.
    func narrowed(to afterwards: SizeUncertainty) -> Double {
        switch (self, afterwards) {
        case (.bounded(let before), .bounded(let after)), (.open(let before), .open(let after)):
            before > 0 ? (before - after) / before : 0
        case (.open, .bounded): 1
        case (.bounded, .open): -1
        }
    }
}
