import Foundation
import LearningCurves

/// How the choice of an adaptive sweep's runs stands, as it is stored with the sweep.
struct StoredPlan: Codable, Sendable, Hashable {
    /// Why there are no more runs: nil while more may come. As `SweepPlan.End` names it, or `quota`.
    var end: String?
    /// Depths that another does better than for certain.
    var droppedDepths: [Int] = []
    /// The next run is not queued yet, as the token has as many waiting as it may; nil where that is not so.
    var waitsForRoom: Bool?

    static let quota = "quota"

    /// - Parameter json: as it is stored.
    init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

    init(end: String? = nil, droppedDepths: [Int] = []) {
        self.end = end
        self.droppedDepths = droppedDepths
    }

    /// As it is stored.
    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}
