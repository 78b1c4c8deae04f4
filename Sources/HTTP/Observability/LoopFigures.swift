/// What one loop has counted. Each loop has its own and touches it on its own queue, so that counting takes no lock.
struct LoopFigures: Sendable {
    struct Requests: Sendable {
        var latency = LatencyHistogram()
        /// By the status's first digit; 0 where the client left before there was one.
        var byClass = [Int](repeating: 0, count: 6)
    }

    /// Routes that are told apart; what else a handler names is counted under `other`.
    static let routeLimit = 256
    /// The name of what no handler was asked for, or for which it named no route.
    static let noRoute = "none"

    private(set) var requests: [String: Requests] = [:]
    /// By status.
    private(set) var refusals: [Int: Int] = [:]
    var connectionsAccepted = 0
    var connectionsOpen = 0
    var requestsInFlight = 0
    var bytesReceived = 0
    var bytesSent = 0

    mutating func record(route: String?, status: Int?, nanoseconds: UInt64) {
        var name = route ?? Self.noRoute
        if requests.count >= Self.routeLimit, requests[name] == nil { name = "other" }
        let known = status.map { $0 / 100 } ?? 0
        requests[name, default: Requests()].latency.record(nanoseconds)
        requests[name, default: Requests()].byClass[(0..<6).contains(known) ? known : 0] += 1
    }

    mutating func recordRefusal(_ status: Int) { refusals[status, default: 0] += 1 }

    static func += (left: inout LoopFigures, right: LoopFigures) {
        for (route, more) in right.requests {
            left.requests[route, default: Requests()].latency += more.latency
            for index in more.byClass.indices {
                left.requests[route, default: Requests()].byClass[index] += more.byClass[index]
            }
        }
        left.refusals.merge(right.refusals, uniquingKeysWith: +)
        left.connectionsAccepted += right.connectionsAccepted
        left.connectionsOpen += right.connectionsOpen
        left.requestsInFlight += right.requestsInFlight
        left.bytesReceived += right.bytesReceived
        left.bytesSent += right.bytesSent
    }
}
