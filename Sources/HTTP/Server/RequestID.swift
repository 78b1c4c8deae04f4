enum RequestID {
    /// The client's where it is short and harmless in a log, else a random one.
    static func choose(_ offered: String?) -> String {
        if let offered, (1...64).contains(offered.utf8.count),
            offered.utf8.allSatisfy(CharacterClass.requestID.contains)
        {
            return offered
        }
        return "req_" + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
