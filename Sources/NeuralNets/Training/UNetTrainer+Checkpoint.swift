/// A checkpoint is a safetensors file of weights, buffers and moments with the settings in its metadata, followed by
/// eight bytes of fingerprint.
extension UNetTrainer {
    /// Everything that the next step depends on.
    public func checkpoint() -> [UInt8] {
        var tensors = stateDictionary(prefix: "weights/")
        for parameter in network.parameters {
            tensors["first_moment/" + parameter.name] = Tensor(
                shape: parameter.shape, values: parameter.firstMoment)
            tensors["second_moment/" + parameter.name] = Tensor(
                shape: parameter.shape, values: parameter.secondMoment)
        }
        let file = SafeTensors(tensors: tensors, metadata: identity.merging(["steps_done": "\(stepsDone)"]) { $1 })
        let bytes = file.encoded()
        let fingerprint = Fingerprint.of(bytes[...])
        return bytes + (0..<8).map { UInt8(truncatingIfNeeded: fingerprint >> (8 * $0)) }
    }

    /// Goes on from a checkpoint of the same network and recipe.
    ///
    /// - Throws: `NeuralNetsError.unreadable`; the trainer is then as it was.
    public func restore(from bytes: [UInt8]) throws {
        guard bytes.count > 16 else { throw NeuralNetsError.unreadable("the checkpoint is cut off") }
        let stored = bytes.suffix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Fingerprint.of(bytes.dropLast(8)) == stored else {
            throw NeuralNetsError.unreadable("the checkpoint is damaged: its fingerprint does not fit its bytes")
        }
        let file = try SafeTensors(bytes: Array(bytes.dropLast(8)))
        for (key, value) in identity where file.metadata[key] != value {
            throw NeuralNetsError.unreadable(
                "the checkpoint is of another run: its \(key) is \(file.metadata[key] ?? "missing"), not \(value)")
        }
        guard let steps = file.metadata["steps_done"].flatMap({ Int($0) }), steps >= 0 else {
            throw NeuralNetsError.unreadable("the checkpoint does not say how many steps were done")
        }
        // All is found before anything is written.
        var writes: [() -> Void] = []
        func find(_ name: String, _ shape: [Int], _ write: @escaping ([Float]) -> Void) throws {
            guard let tensor = file.tensors[name], tensor.shape == shape else {
                throw NeuralNetsError.unreadable("the checkpoint lacks \(name) of shape \(shape)")
            }
            writes.append { write(tensor.values) }
        }
        let arena = network.arena
        for parameter in network.parameters {
            for (prefix, buffer) in [
                ("weights/", arena.values), ("first_moment/", arena.firstMoments),
                ("second_moment/", arena.secondMoments),
            ] {
                try find(prefix + parameter.name, parameter.shape) { parameter.write($0, to: buffer) }
            }
        }
        for buffer in network.buffers { try find("weights/" + buffer.name, buffer.shape, buffer.value.copy(from:)) }
        for write in writes { write() }
        network.weightsChanged()
        stepsDone = steps
    }

    /// The weights under MONAI's state-dict names, as a safetensors file.
    public func exportSafetensors() -> [UInt8] {
        var tensors = stateDictionary(prefix: "")
        for buffer in network.buffers where buffer.name.hasSuffix(".running_mean") {
            let name = buffer.name.replacing(".running_mean", with: ".num_batches_tracked")
            tensors[name] = Tensor(shape: [], values: [Float(stepsDone)])
        }
        return SafeTensors(tensors: tensors, metadata: ["format": "pt"]).encoded()
    }

    /// What a checkpoint must share with the trainer that restores it.
    private var identity: [String: String] {
        [
            // Raised when a checkpoint of older code could not give the same numbers any more.
            "checkpoint_format": "2",
            "channels": configuration.channels.map(String.init).joined(separator: ","),
            "dimensions": "\(configuration.dimensions)", "precision": precision.rawValue,
            "output": configuration.output.rawValue,
            "in_channels": "\(configuration.inChannels)", "out_channels": "\(configuration.outChannels)",
            "normalization": configuration.normalization.rawValue, "learning_rate": "\(recipe.learningRate)",
            "schedule": recipe.schedule.rawValue, "total_steps": "\(recipe.totalSteps)",
        ]
    }

    private func stateDictionary(prefix: String) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for parameter in network.parameters {
            tensors[prefix + parameter.name] = Tensor(shape: parameter.shape, values: parameter.values)
        }
        for buffer in network.buffers {
            tensors[prefix + buffer.name] = Tensor(shape: buffer.shape, values: buffer.value.values)
        }
        return tensors
    }
}
