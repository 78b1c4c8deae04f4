import Foundation
import Locks

/// Lines of a pipe, as they come.
final class LineStream: Sendable {
    struct Ended: Error, CustomStringConvertible {
        var last: [String]
        var description: String { "the log ended; its last lines: \(last.joined(separator: "\n"))" }
    }

    private struct State {
        var pending: [String] = []
        var seen: [String] = []
        var hasEnded = false
        var isOutOfTime = false
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Guarded(State())

    init(_ handle: FileHandle) {
        let thread = Thread { [self] in
            var rest = Data()
            // `read(upToCount:)` would wait until it has them all.
            while case let piece = handle.availableData, !piece.isEmpty {
                rest += piece
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = String(decoding: rest[..<end], as: UTF8.self)
                    rest = Data(rest[(end + 1)...])
                    wake { $0.pending.append(line) }
                }
            }
            wake { $0.hasEnded = true }
        }
        thread.start()
    }

    /// The next line that matches; those before it are passed over. Fails when the test is out of time.
    func next(_ matches: (String) -> Bool) async throws -> String {
        while true {
            let (line, hasEnded) = state.withLock { state -> (String?, Bool) in
                while !state.pending.isEmpty {
                    let line = state.pending.removeFirst()
                    state.seen = state.seen.suffix(20) + [line]
                    if matches(line) { return (line, false) }
                }
                return (nil, state.hasEnded)
            }
            if let line { return line }
            if hasEnded || state.withLock(\.isOutOfTime) { throw Ended(last: state.withLock(\.seen)) }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if !state.pending.isEmpty || state.hasEnded || state.isOutOfTime { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                wake { $0.isOutOfTime = true }
            }
        }
    }

    private func wake(_ change: (inout State) -> Void) {
        let reader = state.withLock { state in
            change(&state)
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }
}
