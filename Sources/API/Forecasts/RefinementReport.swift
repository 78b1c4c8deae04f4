import Foundation
import LearningCurves

/// What a worker made of a refinement.
struct RefinementReport: Sendable {
    /// In base64; the weights take some 100 kB.
    private static let surrogateLength = 1...400_000

    var figures: SurrogateFigures
    /// The refined weights, when they are to be kept.
    var surrogate: Surrogate?

    /// Reads `POST /v1/worker/refinements/{version}/finish`; nil when something needed is missing or out of bounds, the
    /// reader then holds the violations.
    init?(_ fields: FieldReader, version: Int) {
        fields.require("decision", "training_curves", "held_out_curves")
        let counts = 0...1_000_000
        let training = fields.integer("training_curves", in: counts)
        let heldOut = fields.integer("held_out_curves", in: counts)
        let losses = ["refined_loss", "current_loss"].map { fields.number($0, in: 0...1e9) }
        let text = fields.string("surrogate", length: Self.surrogateLength)
        guard let decision = fields.choice("decision", of: RefiningOutcome.Decision.self), let training, let heldOut
        else { return nil }
        if (decision == .kept) != (text != nil) {
            fields.reject("surrogate", "must be there when the decision is \"kept\", and only then")
            return nil
        }
        figures = SurrogateFigures(
            decision: decision, trainingCurves: training, heldOutCurves: heldOut, refinedLoss: losses[0],
            currentLoss: losses[1])
        guard let text else { return }
        guard let bytes = Data(base64Encoded: text) else {
            fields.reject("surrogate", "must be base64 (RFC 4648, section 4)")
            return nil
        }
        do {
            surrogate = try Surrogate(version: version, bytes: [UInt8](bytes))
        } catch {
            fields.reject("surrogate", "cannot be read: \(error)")
            return nil
        }
    }
}
