public import Foundation
import Storage

/// A curve from elsewhere, as `GET /v1/curves` lists it.
public struct ImportedCurveBody: Codable, Sendable {
    public var id: String
    public var name: String
    public var epochs: Int
    /// The mean over the last 5 % of its points.
    public var finalValDSC: Double
    /// What is known of its run.
    public var config: RefinementBody.Configuration
    public var createdAt: Date

    enum CodingKeys: String, CodingKey {
        case id, name, epochs, config, createdAt
        case finalValDSC = "finalValDsc"
    }
}

extension ImportedCurveBody {
    init(_ curve: ImportedCurve) throws {
        let content = try JSONCoding.decoder().decode(
            RefinementBody.FinishedRun.self, from: Data(curve.contentJSON.utf8))
        self.init(
            id: curve.id, name: curve.name, epochs: curve.epochs, finalValDSC: curve.finalDSC, config: content.config,
            createdAt: curve.createdAt)
    }
}
