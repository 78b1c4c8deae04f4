import Foundation

/// How weights are updated: Adam (Kingma & Ba 2015) under a schedule.
public struct TrainingRecipe: Sendable, Hashable {
    public enum Schedule: String, Sendable, CaseIterable {
        case constant
        /// From the full rate to zero over all steps along half a cosine (Loshchilov & Hutter 2017, without restarts).
        case cosine
    }

    /// The default is 1e-3.
    public var learningRate: Float
    /// The default is cosine.
    public var schedule: Schedule
    /// Steps of the whole training; the cosine ends there.
    public var totalSteps: Int
    public var beta1: Float = 0.9
    public var beta2: Float = 0.999
    public var epsilon: Float = 1e-8

    public init(learningRate: Float = 1e-3, schedule: Schedule = .cosine, totalSteps: Int) {
        self.learningRate = learningRate
        self.schedule = schedule
        self.totalSteps = totalSteps
    }

    /// - Parameter step: from 0.
    public func rate(at step: Int) -> Float {
        switch schedule {
        case .constant: learningRate
        case .cosine:
            learningRate * Float(0.5 * (1 + cos(.pi * min(1, Double(step) / Double(max(1, totalSteps))))))
        }
    }
}
