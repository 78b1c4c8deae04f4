/// Why a curve, an observation or a query is refused. Each message names what was wrong and the allowed range.
public enum LearningCurvesError: Error, Equatable, CustomStringConvertible {
    /// A point of a learning curve; `index` counts from 0 in the order given.
    case invalidPoint(index: Int, field: String, problem: String)
    /// The curve as a whole.
    case invalidCurve(problem: String)
    /// A field of ``RunContext``.
    case invalidContext(field: String, problem: String)
    /// An observation of DSC at a size; `index` counts from 0 in the order given.
    case invalidObservation(index: Int, field: String, problem: String)
    /// The observations as a whole.
    case invalidObservations(problem: String)
    /// A field of ``EstimateQuery``.
    case invalidQuery(field: String, problem: String)
    /// The bytes of an encoded surrogate.
    case damagedSurrogate(problem: String)

    public var description: String {
        switch self {
        case .invalidPoint(let index, let field, let problem):
            "point \(index) of the curve: \(field) \(problem)"
        case .invalidCurve(let problem):
            "the curve \(problem)"
        case .invalidContext(let field, let problem):
            "\(field) of the run \(problem)"
        case .invalidObservation(let index, let field, let problem):
            "observation \(index): \(field) \(problem)"
        case .invalidObservations(let problem):
            "the observations \(problem)"
        case .invalidQuery(let field, let problem):
            "\(field) of the query \(problem)"
        case .damagedSurrogate(let problem):
            "the stored surrogate \(problem); train it again"
        }
    }
}
