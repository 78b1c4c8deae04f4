public import Foundation
import GRDB

/// Who changed what, or was not let.
public struct AuditRecord: Sendable, Hashable {
    public var at: Date
    /// Nil for the workers that the server started itself.
    public var tokenID: String?
    /// As it was then.
    public var tokenName: String
    /// Method and route.
    public var action: String
    /// The id of what was changed or made.
    public var subject: String?
    /// `done`, or the name of the problem that it was refused with.
    public var outcome: String
    public var requestID: String

    init(row: Row) {
        at = row.date("at")
        tokenID = row["token_id"]
        tokenName = row["token_name"]
        action = row["action"]
        subject = row["subject"]
        outcome = row["outcome"]
        requestID = row["request_id"]
    }
}
