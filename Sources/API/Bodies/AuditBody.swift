public import Foundation
import Storage

/// A change, or one that was refused, as `GET /v1/audit` lists it.
public struct AuditBody: Codable, Sendable {
    public var at: Date
    /// Null for the workers that the server started itself.
    @OrNull public var tokenID: String?
    /// As it was then.
    public var tokenName: String
    /// Method and route, such as `POST /v1/sweeps/{id}/cancel`.
    public var action: String
    /// The id of what was changed or made.
    @OrNull public var subject: String?
    /// `done`, or the last word of the problem's type that it was refused with.
    public var outcome: String
    public var requestID: String

    enum CodingKeys: String, CodingKey {
        case tokenID = "tokenId"
        case requestID = "requestId"
        case at, tokenName, action, subject, outcome
    }

    init(_ record: AuditRecord) {
        at = record.at
        tokenName = record.tokenName
        action = record.action
        outcome = record.outcome
        requestID = record.requestID
        tokenID = record.tokenID
        subject = record.subject
    }
}
