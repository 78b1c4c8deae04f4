import Foundation
import Storage

/// What a claim is answered with. Workers claim by the thousand, and most of the answer is the same for all runs of a sweep,
/// of a size or of a data set: those parts are kept as the JSON that they become.
extension PlateauAPI {
    /// The bytes that `JSONCoding.encoder()` would make of a `ClaimBody`.
    func claimJSON(_ run: ClaimedRun) async throws -> [UInt8] {
        let recipe = try await self.recipe(ofSweep: run.sweepID)
        let dataset = try await self.dataset(recipe.datasetID)
        let train = try await trainJSON(recipe.datasetID, dataset, size: run.size, seed: run.seed)
        // Who has the run first finds none.
        let checkpoint = run.attempt > 1 ? try await soundCheckpoint(ofRun: run.id) : nil
        var json = JSONText(capacity: 1024 + train.count + dataset.validationJSON.count + dataset.testJSON.count)
        json.beginObject()
        json.name("cases")
        json.beginObject()
        json.field("test", json: dataset.testJSON)
        json.field("train", json: train)
        json.field("validation", json: dataset.validationJSON)
        json.endObject()
        json.field("checkpoint", checkpoint) { checkpoint, json in
            json.beginObject()
            json.field("bytes", checkpoint.bytes)
            json.field("epoch", checkpoint.epoch)
            json.field("sha256", checkpoint.sha256)
            json.field("step", checkpoint.step)
            json.endObject()
        }
        json.field("dataset", json: dataset.json)
        json.field("lease_seconds", settings.leaseSeconds)
        json.field("run", run) { run, json in
            json.beginObject()
            json.field("attempt", run.attempt)
            json.field("depth", run.depth)
            json.field("epochs_done", run.epochsDone)
            json.field("epochs_total", run.epochsTotal)
            json.field("id", run.id)
            json.field("seed", run.seed)
            json.field("size", run.size)
            json.field("steps_per_epoch", run.stepsPerEpoch)
            json.field("sweep_id", run.sweepID)
            json.endObject()
        }
        json.field("training", json: recipe.trainingJSON)
        json.endObject()
        return json.bytes
    }

    /// - Throws: `StorageError.notFound`.
    func dataset(_ id: String) async throws -> KnownDataset {
        try await datasets.value(of: id, size: \.bytes) {
            try KnownDataset(try await store.dataset(id), splitJSON: try await store.splitJSON(ofDataset: id))
        }
    }

    /// A sweep that is extended keeps its recipe.
    private func recipe(ofSweep id: String) async throws -> SweepRecipe {
        try await recipes.value(of: id, size: \.bytes) {
            let recipe = try await store.recipe(ofSweep: id)
            let training = try SweepSpecification(json: recipe.specificationJSON).training
            return SweepRecipe(
                datasetID: recipe.datasetID, trainingJSON: try [UInt8](JSONCoding.encoder().encode(training)))
        }
    }

    private func trainJSON(_ id: String, _ dataset: KnownDataset, size: Int, seed: Int) async throws -> [UInt8] {
        try await subsets.value(of: SubsetKey(dataset: id, size: size, seed: seed), size: \.count) {
            JSONText.list(catalogue.subset(dataset.split.train, size, seed).cases)
        }
    }
}

/// The part of a claim that all runs of a sweep share.
struct SweepRecipe: Sendable {
    let datasetID: String
    let trainingJSON: [UInt8]

    var bytes: Int { trainingJSON.count + datasetID.utf8.count }
}

/// Which training images a run sees.
struct SubsetKey: Hashable, Sendable {
    let dataset: String
    let size: Int
    let seed: Int
}
