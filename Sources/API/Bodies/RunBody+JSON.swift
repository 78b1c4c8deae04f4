extension RunBody {
    /// The bytes that `JSONCoding.encoder()` would make.
    var json: [UInt8] {
        var json = JSONText(capacity: 1024)
        write(to: &json)
        return json.bytes
    }

    func write(to json: inout JSONText) {
        json.beginObject()
        json.field("attempt", attempt)
        json.field("best_val_dsc", bestValDSC)
        json.field("created_at", createdAt)
        json.field("depth", depth)
        json.field("early_stop", earlyStop) { stop, json in stop.write(to: &json) }
        json.name("epochs")
        json.beginObject()
        json.field("done", epochs.done)
        json.field("total", epochs.total)
        json.endObject()
        json.field("error", error) { error, json in
            json.beginObject()
            json.field("log_tail", error.logTail)
            json.field("message", error.message)
            json.endObject()
        }
        json.field("failures", failures)
        json.field("finished_at", finishedAt)
        json.field("fraction", fraction)
        json.field("id", id)
        json.field("last", last) { last, json in last.write(to: &json) }
        json.field("model", model) { model, json in
            json.beginObject()
            json.field("bytes", model.bytes)
            json.field("sha256", model.sha256)
            json.endObject()
        }
        json.field("not_before", notBefore)
        json.field("parameter_count", parameterCount)
        json.field("pause", pause)
        json.field("reason", reason)
        json.field("seed", seed)
        json.field("size", size)
        json.field("started_at", startedAt)
        json.field("state", state)
        json.field("steps_per_epoch", stepsPerEpoch)
        json.field("subset_hash", subsetHash)
        json.field("sweep_id", sweepID)
        json.field("test_cases", testCases)
        json.field("test_dsc", testDSC)
        json.field("test_dsc_by_class", testDSCByClass) { scores, json in
            json.beginArray()
            for score in scores {
                json.separate()
                json.beginObject()
                json.field("dsc", score.dsc)
                json.field("name", score.name)
                json.endObject()
            }
            json.endArray()
        }
        json.field("test_dsc_sd", testDSCSD)
        json.field("worker", worker)
        json.endObject()
    }
}

extension EarlyStopBody {
    func write(to json: inout JSONText) {
        json.beginObject()
        json.name("forecast")
        json.beginObject()
        json.field("high", forecast.high)
        json.field("low", forecast.low)
        json.field("value", forecast.value)
        json.endObject()
        json.field("model_version", modelVersion)
        json.field("test_dsc", testDSC)
        json.field("test_dsc_sd", testDSCSD)
        json.endObject()
    }
}

extension EpochBody {
    /// With the run that it belongs to, as an event says it.
    func json(ofRun id: String) -> [UInt8] {
        var json = JSONText(capacity: 256)
        json.beginObject()
        json.field("run_id", id)
        json.name("point")
        write(to: &json)
        json.endObject()
        return json.bytes
    }

    func write(to json: inout JSONText) {
        json.beginObject()
        json.field("epoch", epoch)
        json.field("images_seen", imagesSeen)
        json.field("learning_rate", learningRate)
        json.field("seconds", seconds)
        json.field("train_loss", trainLoss)
        json.field("val_dsc", valDSC)
        json.field("val_loss", valLoss)
        json.endObject()
    }
}

extension CurveBody {
    /// The bytes that `JSONCoding.encoder()` would make.
    var json: [UInt8] {
        var json = JSONText(capacity: 64 + 224 * points.count)
        json.beginObject()
        json.name("points")
        json.beginArray()
        for point in points {
            json.separate()
            point.write(to: &json)
        }
        json.endArray()
        json.field("run_id", runID)
        json.endObject()
        return json.bytes
    }
}
