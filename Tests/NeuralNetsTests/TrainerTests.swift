import Testing

@testable import NeuralNets

/// Training is the same to the bit whatever the threads and however often it is interrupted.
@Suite struct TrainerTests {
    private func trainer(
        _ normalization: UNetConfiguration.Normalization = .batch, threads: Int = 1, seed: UInt64 = 3,
        totalSteps: Int = 6
    ) throws -> UNetTrainer {
        try UNetTrainer(
            configuration: UNetConfiguration(
                inChannels: 2, outChannels: 1, channels: [4, 8, 8], normalization: normalization),
            recipe: TrainingRecipe(learningRate: 3e-3, totalSteps: totalSteps), batchSize: 5, size: [12, 16],
            seed: seed, threads: threads)
    }

    private func batch(_ step: Int) -> (images: [Float], masks: [Float]) {
        var numbers = Numbers(seed: UInt64(step))
        return (numbers.uniform(5 * 2 * 12 * 16), numbers.mask(5 * 12 * 16))
    }

    @discardableResult private func train(_ trainer: UNetTrainer, _ steps: Range<Int>) throws -> [Float] {
        try steps.map { step in
            let (images, masks) = batch(step)
            return try trainer.step(images: images, targets: masks)
        }
    }

    @Test(arguments: UNetConfiguration.Normalization.allCases)
    func threadsChangeNothing(_ normalization: UNetConfiguration.Normalization) throws {
        let one = try trainer(normalization)
        let losses = try train(one, 0..<4)
        for threads in [2, 3, 8] {
            let other = try trainer(normalization, threads: threads)
            #expect(try train(other, 0..<4) == losses)
            #expect(other.checkpoint() == one.checkpoint())
        }
    }

    @Test(arguments: UNetConfiguration.Normalization.allCases)
    func resumedIsAsUndisturbed(_ normalization: UNetConfiguration.Normalization) throws {
        let undisturbed = try trainer(normalization)
        let losses = try train(undisturbed, 0..<6)
        for cut in 0...5 {
            let first = try trainer(normalization)
            try train(first, 0..<cut)
            // Another seed: everything must come from the checkpoint.
            let second = try trainer(normalization, threads: 2, seed: 77)
            try second.restore(from: first.checkpoint())
            #expect(second.stepsDone == cut)
            #expect(try train(second, cut..<6) == Array(losses[cut...]))
            #expect(second.checkpoint() == undisturbed.checkpoint())
            #expect(second.exportSafetensors() == undisturbed.exportSafetensors())
        }
    }

    @Test func predictingLeavesTrainingAlone() throws {
        let (one, other) = (try trainer(), try trainer())
        let losses = try train(one, 0..<3)
        var seen: [Float] = []
        for step in 0..<3 {
            seen += try train(other, step..<step + 1)
            _ = try other.predict(images: Array(batch(9).images.prefix(2 * 2 * 12 * 16)))
        }
        #expect(seen == losses && one.checkpoint() == other.checkpoint())
    }

    @Test func damagedOrForeignCheckpointsAreRefused() throws {
        let one = try trainer()
        try train(one, 0..<1)
        let good = one.checkpoint()
        let target = try trainer()
        let before = target.checkpoint()
        for index in stride(from: 0, to: good.count, by: good.count / 60) {
            var bad = good
            bad[index] ^= 0x10
            #expect(throws: NeuralNetsError.self) { try target.restore(from: bad) }
        }
        for length in [0, 1, 8, 15, 16, 17, 1000, good.count - 1] {
            #expect(throws: NeuralNetsError.self) { try target.restore(from: Array(good.prefix(length))) }
        }
        for foreign in [try trainer(.instance).checkpoint(), try trainer(totalSteps: 7).checkpoint()] {
            #expect(throws: NeuralNetsError.self) { try target.restore(from: foreign) }
        }
        #expect(target.checkpoint() == before)
    }

    @Test func learnsToTellBrightFromDark() throws {
        let trainer = try trainer(totalSteps: 60)
        // The bright part is a rectangle of another width in each image.
        var masks: [Float] = []
        for width in [4, 6, 8, 10, 12] {
            for _ in 0..<12 { for column in 0..<16 { masks.append(column < width ? 1 : 0) } }
        }
        let images = stride(from: 0, to: masks.count, by: 12 * 16).flatMap { start in
            let plane = masks[start..<start + 12 * 16].map { 0.8 * $0 - 0.4 }
            return plane + plane
        }
        for _ in 0..<60 { _ = try trainer.step(images: images, targets: masks) }
        let scores = try DiceScore.perClass(logits: try trainer.predict(images: images), targets: masks, samples: 5)
        #expect(scores.allSatisfy { $0[0] > 0.95 }, "\(scores)")
    }

    @Test func refusesWhatDoesNotFit() throws {
        let trainer = try trainer()
        let (images, masks) = batch(0)
        #expect(throws: NeuralNetsError.self) { try trainer.step(images: [], targets: []) }
        #expect(throws: NeuralNetsError.self) { try trainer.step(images: images + images, targets: masks + masks) }
        #expect(throws: NeuralNetsError.self) { try trainer.step(images: images.dropLast(), targets: masks) }
        #expect(throws: NeuralNetsError.self) { try trainer.step(images: images, targets: masks.dropLast()) }
        #expect(throws: NeuralNetsError.self) { try trainer.predict(images: []) }
        #expect(trainer.stepsDone == 0)
    }

    @Test func ratesFollowTheSchedule() {
        let cosine = TrainingRecipe(learningRate: 0.1, totalSteps: 100)
        #expect(cosine.rate(at: 0) == 0.1)
        #expect(abs(cosine.rate(at: 50) - 0.05) < 1e-8)
        #expect(cosine.rate(at: 100) == 0 && cosine.rate(at: 1000) == 0)
        let constant = TrainingRecipe(learningRate: 0.1, schedule: .constant, totalSteps: 100)
        #expect(constant.rate(at: 99) == 0.1)
    }
}
