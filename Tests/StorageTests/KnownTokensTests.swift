import Testing

@testable import Storage

@Suite struct KnownTokensTests {
    @Test func whatWasReadBeforeARevocationIsNotKeptAfterIt() async throws {
        let test = try TemporaryStore()
        let (token, secret) = try await test.store.createToken(name: "a", role: "reader", expiresAt: nil)
        let hash = TokenSecret.hash(secret)
        let known = KnownTokens()
        // One request reads the token           another revokes it
        let moment = known.moment
        known.forget(token.id)
        known.keep(token, hash, since: moment)
        #expect(known.find(hash) == nil)

        known.keep(token, hash, since: known.moment)
        #expect(known.find(hash)?.id == token.id)
        // All bytes count, not only those that it is filed under.
        #expect(known.find(hash.dropLast() + [hash[31] ^ 1]) == nil)
        known.forget("another")
        #expect(known.find(hash)?.id == token.id)
        known.forget(token.id)
        #expect(known.find(hash) == nil)
    }
}
