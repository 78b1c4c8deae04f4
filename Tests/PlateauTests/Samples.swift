import API
import Foundation

/// Bodies as the server sends them.
enum Samples {
    static func decode<Body: Decodable>(_ type: Body.Type, _ json: String) throws -> Body {
        try JSONCoding.decoder().decode(type, from: Data(json.utf8))
    }

    static func sweep(
        state: String = "running", name: String = "\"polyps\"", progress: Double = 0.25, eta: String = "125",
        queued: Int = 0, running: Int = 0, succeeded: Int = 0, stoppedEarly: Int = 0, failed: Int = 0,
        cancelled: Int = 0
    ) throws -> SweepBody {
        let finished = ["succeeded", "failed", "cancelled"].contains(state) ? "\"2026-01-31T12:00:00.000Z\"" : "null"
        return try decode(
            SweepBody.self,
            """
            {"id": "sw_1", "name": \(name), "dataset": {"id": "ds_1", "name": "polyps"}, "state": "\(state)",
             "priority": 0, "retry": {"max_failures": 5, "backoff_seconds": 5}, "sizes": [4], "fractions": [0.1], "depths": [2], "seeds": [0],
             "training": {"image_size": [32, 32], "batch_size": 8, "epochs": 8, "steps_per_epoch": 30,
               "budget": "steps", "learning_rate": 0.001, "schedule": "cosine", "normalization": "batch"},
             "runs": {"total": \(queued + running + succeeded + stoppedEarly + failed + cancelled), "queued": \(queued),
               "running": \(running), "paused": 0, "succeeded": \(succeeded), "stopped_early": \(stoppedEarly),
               "failed": \(failed), "cancelled": \(cancelled)},
             "progress": \(progress), "eta_seconds": \(eta), "created_at": "2026-01-31T11:00:00.000Z",
             "started_at": null, "finished_at": \(finished)}
            """)
    }

    /// Of an adaptive sweep under way.
    static func plan(waiting: String) throws -> PlanBody {
        try decode(
            PlanBody.self,
            """
            {"state": "open", "reason": null, "waiting": \(waiting), "precision": 0.3, "max_steps": 800,
             "query": {"target_dsc": null, "delta": 0.01, "confidence": 0.9}, "steps_used": 600, "steps_of_all": 2400,
             "dropped_depths": [], "not_run": []}
            """)
    }

    static func run(
        _ id: String, _ state: String, size: Int = 4, done: Int = 0, attempt: Int = 1, failures: Int = 0,
        error: String? = nil
    ) throws -> RunBody {
        let isFinal = ["succeeded", "stopped_early", "failed", "cancelled"].contains(state)
        let early = """
            {"forecast": {"value": 0.75, "low": 0.7, "high": 0.8}, "model_version": 0, "test_dsc": 0.7, "test_dsc_sd": 0.1}
            """
        let last = """
            {"epoch": \(done), "train_loss": 1, "val_loss": 1, "val_dsc": 0.\(done)5, "learning_rate": 0.001,
             "seconds": 1, "images_seen": 8}
            """
        return try decode(
            RunBody.self,
            """
            {"id": "\(id)", "sweep_id": "sw_1", "state": "\(state)", "size": \(size), "fraction": 0.1, "depth": 2,
             "seed": 0, "attempt": \(attempt), "failures": \(failures), "epochs": {"done": \(done), "total": 8},
             "steps_per_epoch": 30, "last": \(done > 0 ? last : "null"),
             "early_stop": \(state == "stopped_early" ? early : "null"),
             "test_dsc": \(state == "succeeded" ? "0.654" : "null"), "subset_hash": "x",
             "error": \(error.map { "{\"message\": \"\($0)\"}" } ?? "null"),
             "created_at": "2026-01-31T11:00:00.000Z", "started_at": null,
             "finished_at": \(isFinal ? "\"2026-01-31T12:00:00.000Z\"" : "null")}
            """)
    }

    static func forecast(_ run: String, seen: Int) throws -> ForecastBody {
        try decode(
            ForecastBody.self,
            """
            {"run_id": "\(run)", "quantiles": {"0.05": 0.5, "0.25": 0.6, "0.5": 0.7, "0.75": 0.75, "0.95": 0.8},
             "method": "curve_fit", "model_version": null, "epochs_seen": \(seen), "epochs_total": 8,
             "last_val_dsc": 0.4, "final": false}
            """)
    }

    /// - Parameters: JSON of the fields that differ.
    static func estimate(status: String, nPlateau: String, nTarget: String, evidence: String = "[]") throws
        -> EstimateBody
    {
        try decode(
            EstimateBody.self,
            """
            {"sweep_id": "sw_1", "status": "\(status)", "n_plateau": \(nPlateau), "n_target": \(nTarget),
             "asymptote": \(status == "insufficient_data" ? "null" : "{\"value\": 0.8, \"low\": 0.75, \"high\": 0.85}"),
             "delta": 0.01, "confidence": 0.9, "reference_n": 490, "largest_measured_n": 490, "extrapolated": false,
             "depth": \(status == "insufficient_data" ? "null" : "4"), "by_depth": [], "families": [],
             "evidence": \(evidence), "assumptions": ["Noise is pooled."], "advice": "Run more sizes."}
            """)
    }
}
