import Dispatch
import Foundation

/// Signals as a call, on a queue of their own.
///
/// `@unchecked Sendable`: the sources are set once, and cancelling a Dispatch source is safe from any thread.
final class Signals: @unchecked Sendable {
    static let termination = [SIGTERM, SIGINT]

    private let sources: [any DispatchSourceSignal]

    /// - Parameter body: called for each signal.
    init(_ numbers: [Int32], _ body: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "signals")
        sources = numbers.map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: body)
            source.activate()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
    }
}

/// Tells a worker that its server is gone: standard input then ends.
enum Lifeline {
    static func watch(_ ended: @escaping @Sendable () -> Void) {
        let thread = Thread {
            var byte: UInt8 = 0
            while read(STDIN_FILENO, &byte, 1) > 0 {}
            ended()
        }
        thread.name = "lifeline"
        thread.start()
    }
}
