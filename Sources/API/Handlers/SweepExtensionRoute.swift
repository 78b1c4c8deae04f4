import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage

extension PlateauAPI {
    /// Adds runs to a sweep; those that it has stay as they are.
    @Sendable func extendSweep(_ call: Call) async throws -> HTTPServerResponse {
        let more = try await call.body { SweepExtension($0) }
        let id = call.parameter("id")
        while true {
            let sweep = try await store.sweep(id)
            let dataset = try await self.dataset(sweep.datasetID)
            let before = try SweepSpecification(json: sweep.specificationJSON)
            let after = try before.extended(by: more, dataset: dataset.traits)
            let known = Set(before.cells)
            // Of an adaptive sweep the new cells are there to be chosen from.
            let new = after.strategy == .adaptive ? [] : after.cells.filter { !known.contains($0) }
            let cells = try await pool.run { self.runs(new, after, dataset) }
            let extended = try await store.extend(
                sweep: id, from: sweep.specificationJSON, to: try after.json, runs: cells)
            // Somebody else extended it meanwhile: what is to be added now is to be found anew.
            guard let extended else { continue }
            logger.info("sweep extended", metadata: ["sweep": "\(id)", "runs": "\(cells.count)"])
            announceWork()
            guard after.strategy == .adaptive else { return try .json(try await sweepBody(extended)) }
            await planSweeps()
            return try .json(try await sweepBody(try await store.sweep(id)))
        }
    }
}
