import Foundation
import Locks

@testable import HTTP

/// Answers requests one by one on one connection at a time; hangs up without a word after having read the head of
/// request number `closesAfterHead`.
final class RudeServer: Sendable {
    private struct State {
        var connections = 0
        var isStopped = false
        var current: Int32?
    }

    private let listener: Int32
    private let closesAfterHead: Int
    private let state = Guarded(State())
    private let ended = DispatchSemaphore(value: 0)

    /// - Parameter listener: a listening socket, non-blocking.
    init(listener: Int32, closesAfterHead: Int) {
        self.listener = listener
        self.closesAfterHead = closesAfterHead
    }

    func run() {
        var requests = 0
        while let connection = accept() {
            while readHead(connection) {
                requests += 1
                if requests == closesAfterHead { break }
                let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)
                _ = answer.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            state.withLock { $0.current = nil }
            close(connection)
        }
        close(listener)
        ended.signal()
    }

    /// - Returns: the connections there were.
    func stop() -> Int {
        state.withLock { state in
            state.isStopped = true
            if let current = state.current { shutdown(current, Int32(SHUT_RDWR)) }
        }
        shutdown(listener, Int32(SHUT_RDWR))
        ended.wait()
        return state.withLock(\.connections)
    }

    private func accept() -> Int32? {
        while !state.withLock(\.isStopped) {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 1000)
            let connection = Foundation.accept(listener, nil, nil)
            guard connection >= 0 else { continue }
            let isStopped = state.withLock { state in
                state.connections += 1
                state.current = connection
                return state.isStopped
            }
            if isStopped { shutdown(connection, Int32(SHUT_RDWR)) }
            return connection
        }
        return nil
    }

    /// Byte by byte, so that the content of a request is left unread.
    private func readHead(_ connection: Int32) -> Bool {
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard recv(connection, &byte, 1, 0) == 1 else { return false }
            head.append(byte)
        }
        return true
    }
}
