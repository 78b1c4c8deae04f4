import Logging
import Storage

extension PlateauAPI {
    /// The newest checkpoint of a run whose file is as it was written. Damaged ones are logged and dropped on the way: the
    /// run goes on from the one before, or from its first step. It trains what it lost again to the same bit, and epochs
    /// that are on record already stay as they are.
    func soundCheckpoint(ofRun id: String) async throws -> CheckpointRecord? {
        for checkpoint in try await store.checkpoints(ofRun: id) {
            let condition = try await checkpoints.condition(
                of: checkpoint.file, bytes: checkpoint.bytes, sha256: checkpoint.sha256)
            if condition == .sound { return checkpoint }
            logger.error(
                "checkpoint cannot be used; the run goes on from an earlier one, or from its first step",
                metadata: [
                    "run": "\(id)", "step": "\(checkpoint.step)", "file": "\(checkpoints.path(checkpoint.file))",
                    "reason": "\(condition)",
                ])
            // What may be readable again later is left for then.
            if case .unreadable = condition { continue }
            try await store.dropCheckpoint(file: checkpoint.file)
            checkpoints.delete([checkpoint.file])
        }
        return nil
    }
}
