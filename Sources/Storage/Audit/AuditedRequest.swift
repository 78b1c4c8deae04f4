import GRDB
import Synchronization

/// A request that may change something, on its way through the store: the first transaction that does change something
/// leaves a row with it. It goes along as a task-local value, since nearly every method of the store may be called for it.
public final class AuditedRequest: Sendable {
    @TaskLocal public static var current: AuditedRequest?

    /// Nil for the workers that the server started itself.
    public let tokenID: String?
    public let tokenName: String
    /// Method and route.
    public let action: String
    /// The id that the path names; nil where the change makes something new.
    public let subject: String?
    public let requestID: String
    private let isOver = Atomic<Bool>(false)

    public init(tokenID: String?, tokenName: String, action: String, subject: String?, requestID: String) {
        self.tokenID = tokenID
        self.tokenName = tokenName
        self.action = action
        self.subject = subject
        self.requestID = requestID
    }

    /// Nothing more is noted: the request has its row, or was answered, and what goes on in its wake is not its doing.
    public func end() { isOver.store(true, ordering: .sequentiallyConsistent) }

    public var hasEnded: Bool { isOver.load(ordering: .sequentiallyConsistent) }
}
