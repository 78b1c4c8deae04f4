import Foundation
import GRDB
import Testing

@testable import Storage

@Suite struct TokenTests {
    @Test func hashesAreEqualInEveryBitOrNotAtAll() {
        let hash = TokenSecret.hash("plateau_one")
        #expect(TokenSecret.areEqual(hash, TokenSecret.hash("plateau_one")))
        for bit in 0..<256 {
            var other = hash
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!TokenSecret.areEqual(hash, other) && !TokenSecret.areEqual(other, hash), "bit \(bit)")
        }
        // Nor one that shares its end alone.
        let strangers = (0..<10_000).map { TokenSecret.hash("plateau_\($0)") }
        #expect(strangers.allSatisfy { !TokenSecret.areEqual($0, hash) })
        #expect(!TokenSecret.areEqual([UInt8](repeating: 0, count: 31) + hash.suffix(1), hash))
        #expect(!TokenSecret.areEqual(Array(hash.dropLast()), hash))
    }

    @Test func onlyTheHashIsKept() async throws {
        let test = try TemporaryStore()
        let (token, secret) = try await test.store.createToken(name: "a", role: "reader", expiresAt: nil)
        #expect(secret.hasPrefix("plateau_") && secret.count == 51)
        #expect(try await test.store.token(secret: secret)?.id == token.id)
        #expect(try await test.store.token(secret: secret + "x") == nil)
        let stored = try await test.store.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM token").description }
        #expect(!stored.contains(secret))
    }

    @Test func anExpiredOrRevokedTokenIsUnknown() async throws {
        let test = try TemporaryStore()
        let expiry = test.clock.now.addingTimeInterval(100)
        let (_, short) = try await test.store.createToken(name: "a", role: "reader", expiresAt: expiry)
        let (ended, secret) = try await test.store.createToken(name: "b", role: "reader", expiresAt: nil)
        #expect(try await test.store.token(secret: short) != nil)
        test.clock.advance(101)
        #expect(try await test.store.token(secret: short) == nil)
        #expect(try await test.store.token(secret: secret)?.id == ended.id)
        try await test.store.revokeToken(ended.id)
        #expect(try await test.store.token(secret: secret) == nil)
    }

    @Test func theLastAdminTokenStays() async throws {
        let test = try TemporaryStore()
        let (first, _) = try await test.store.createToken(name: "a", role: "admin", expiresAt: nil)
        await #expect(throws: StorageError.self) { try await test.store.revokeToken(first.id) }
        _ = try await test.store.createToken(name: "b", role: "admin", expiresAt: nil)
        try await test.store.revokeToken(first.id)
        #expect(try await test.store.hasAdminToken())
    }

    @Test func useIsNotedOnceAMinute() async throws {
        let test = try TemporaryStore()
        let (_, secret) = try await test.store.createToken(name: "a", role: "reader", expiresAt: nil)
        #expect(try await test.store.token(secret: secret)?.lastUsedAt == nil)
        let first = try await test.store.token(secret: secret)?.lastUsedAt
        test.clock.advance(30)
        _ = try await test.store.token(secret: secret)
        #expect(try await test.store.token(secret: secret)?.lastUsedAt == first)
        test.clock.advance(31)
        _ = try await test.store.token(secret: secret)
        #expect(try await test.store.token(secret: secret)?.lastUsedAt == test.clock.now)
    }
}
