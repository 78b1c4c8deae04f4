import Locks

/// What took some work to make and never changes, up to a number of bytes: beyond it what was used the longest ago goes.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Entry {
        let value: Value
        let bytes: Int
        var lastUse: Int
    }

    private struct Kept {
        var entries: [Key: Entry] = [:]
        var bytes = 0
        var uses = 0
    }

    private let limitBytes: Int
    private let kept = Guarded(Kept())

    init(limitBytes: Int) {
        self.limitBytes = limitBytes
    }

    var bytes: Int { kept.withLock { $0.bytes } }

    /// The value of a key; `make` is asked for it where it is not kept, on the pool, whoever asks. Two who ask at once may
    /// both make it.
    ///
    /// - Parameter size: of a value, in bytes, roughly; one that is over the limit is not kept.
    func value(of key: Key, size: (Value) -> Int, make: () async throws -> Value) async throws -> Value {
        let known = kept.withLock { kept -> Value? in
            kept.uses += 1
            kept.entries[key]?.lastUse = kept.uses
            return kept.entries[key]?.value
        }
        if let known { return known }
        let value = try await withTaskExecutorPreference(globalConcurrentExecutor) { try await make() }
        let bytes = size(value)
        if bytes <= limitBytes { keep(value, bytes, as: key) }
        return value
    }

    private func keep(_ value: Value, _ bytes: Int, as key: Key) {
        kept.withLock { kept in
            kept.bytes += bytes - (kept.entries[key]?.bytes ?? 0)
            kept.entries[key] = Entry(value: value, bytes: bytes, lastUse: kept.uses)
            while kept.bytes > limitBytes, let oldest = kept.entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                kept.bytes -= oldest.value.bytes
                kept.entries[oldest.key] = nil
            }
        }
    }
}
