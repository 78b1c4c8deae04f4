/// Why a backup, a restore or a check-up could not be done, and what to do about it.
struct UpkeepFailure: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
