import Foundation
import Hummingbird

/// The run that `GET /v1/runs/{id}` of Plateau answers for a run in training, as one writes it for Hummingbird: a
/// Codable type, encoded for each request by the framework's own encoder.
struct StoredRun: ResponseEncodable, Sendable {
    struct Epochs: Codable, Sendable {
        var done: Int
        var total: Int
    }

    struct Epoch: Codable, Sendable {
        var epoch: Int
        var trainLoss: Double
        var valLoss: Double
        var valDSC: Double
        var learningRate: Double
        var seconds: Double
        var imagesSeen: Int

        enum CodingKeys: String, CodingKey {
            case epoch, seconds
            case trainLoss = "train_loss"
            case valLoss = "val_loss"
            case valDSC = "val_dsc"
            case learningRate = "learning_rate"
            case imagesSeen = "images_seen"
        }
    }

    var id: String
    var sweepID: String
    var state: String
    var size: Int
    var fraction: Double
    var depth: Int
    var seed: Int
    var attempt: Int
    var failures: Int
    var epochs: Epochs
    var stepsPerEpoch: Int
    var last: Epoch?
    var bestValDSC: Double?
    var parameterCount: Int?
    var subsetHash: String
    var worker: String?
    var createdAt: Date
    var startedAt: Date?

    enum CodingKeys: String, CodingKey {
        case id, state, size, fraction, depth, seed, attempt, failures, epochs, last, worker
        case sweepID = "sweep_id"
        case stepsPerEpoch = "steps_per_epoch"
        case bestValDSC = "best_val_dsc"
        case parameterCount = "parameter_count"
        case subsetHash = "subset_hash"
        case createdAt = "created_at"
        case startedAt = "started_at"
    }

    static func load(_ id: String) -> StoredRun {
        StoredRun(
            id: id, sweepID: "sw_3k9x2mq8vt1b", state: "running", size: 400, fraction: 0.5, depth: 5, seed: 1,
            attempt: 1, failures: 0, epochs: .init(done: 17, total: 60), stepsPerEpoch: 50,
            last: .init(
                epoch: 17, trainLoss: 0.2134816497564316, valLoss: 0.2519183456897736, valDSC: 0.7793421149253845,
                learningRate: 0.0008212, seconds: 11.482, imagesSeen: 13600),
            bestValDSC: 0.7812004685401917, parameterCount: 6_498_131,
            subsetHash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", worker: "local-1",
            createdAt: Date(timeIntervalSince1970: 1_767_225_600.125),
            startedAt: Date(timeIntervalSince1970: 1_767_225_612.5))
    }
}
