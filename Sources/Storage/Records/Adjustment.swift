/// What is to become of a setting that need not be there.
public enum Adjustment<Value: Sendable & Hashable>: Sendable, Hashable {
    /// It stays as it is.
    case kept
    case removed
    case set(Value)

    func applied(to value: Value?) -> Value? {
        switch self {
        case .kept: value
        case .removed: nil
        case .set(let new): new
        }
    }
}
