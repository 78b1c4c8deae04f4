import ArgumentParser
import HTTP

/// A limit or timeout of the HTTP layer that the operator can set: as `PLATEAU_HTTP_NAME` in the environment. Defaults
/// and meanings stand at the properties of `HTTPLimits` and `HTTPTimeouts`.
struct HTTPSetting {
    enum Property {
        case count(WritableKeyPath<ServerConfiguration, Int>, ClosedRange<Int>)
        case seconds(WritableKeyPath<ServerConfiguration, Double>, ClosedRange<Double>)
    }

    let name: String
    let property: Property

    static let prefix = "PLATEAU_HTTP_"

    static var all: [HTTPSetting] {
        let day = 86_400.0
        return [
            HTTPSetting(name: "HEAD_BYTES", property: .count(\.limits.headBytes, 1024...1 << 20)),
            HTTPSetting(name: "FIELD_COUNT", property: .count(\.limits.fieldCount, 8...10_000)),
            HTTPSetting(name: "TARGET_BYTES", property: .count(\.limits.targetBytes, 256...1 << 20)),
            HTTPSetting(name: "BODY_BYTES", property: .count(\.limits.bodyBytes, 1 << 20...1 << 40)),
            HTTPSetting(
                name: "REQUESTS_PER_CONNECTION", property: .count(\.limits.requestsPerConnection, 1...1_000_000_000)),
            HTTPSetting(name: "CONNECTIONS", property: .count(\.limits.connections, 1...1_000_000)),
            HTTPSetting(
                name: "CONNECTIONS_PER_CLIENT", property: .count(\.limits.connectionsPerClient, 1...1_000_000)),
            HTTPSetting(name: "HANDSHAKE_SECONDS", property: .seconds(\.timeouts.handshakeSeconds, 0.1...day)),
            HTTPSetting(name: "FIRST_BYTE_SECONDS", property: .seconds(\.timeouts.firstByteSeconds, 0.1...day)),
            HTTPSetting(name: "HEAD_SECONDS", property: .seconds(\.timeouts.headSeconds, 0.1...day)),
            HTTPSetting(
                name: "BODY_BYTES_PER_SECOND", property: .count(\.timeouts.bodyBytesPerSecond, 0...1_000_000_000)),
            HTTPSetting(name: "BODY_IDLE_SECONDS", property: .seconds(\.timeouts.bodyIdleSeconds, 0.1...day)),
            HTTPSetting(name: "KEEP_ALIVE_SECONDS", property: .seconds(\.timeouts.keepAliveSeconds, 0.1...day)),
            HTTPSetting(
                name: "WRITE_BYTES_PER_SECOND", property: .count(\.timeouts.writeBytesPerSecond, 0...1_000_000_000)),
            HTTPSetting(name: "WRITE_STALL_SECONDS", property: .seconds(\.timeouts.writeStallSeconds, 0.1...day)),
            HTTPSetting(name: "DEPARTURE_SECONDS", property: .seconds(\.timeouts.departureSeconds, 0...day)),
            HTTPSetting(name: "BACKLOG", property: .count(\.backlog, 1...65_535)),
            HTTPSetting(name: "EVENT_LOOPS", property: .count(\.eventLoops, 1...256)),
        ]
    }

    /// - Throws: `ValidationError` for a value that is none, and for a variable of the prefix that names no setting.
    static func apply(_ environment: [String: String], to configuration: inout ServerConfiguration) throws {
        let settings = Dictionary(uniqueKeysWithValues: all.map { (prefix + $0.name, $0) })
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            guard let setting = settings[name] else {
                throw ValidationError(
                    "there is no setting \(name); there are \(settings.keys.sorted().joined(separator: ", "))")
            }
            switch setting.property {
            case .count(let path, let range):
                configuration[keyPath: path] = try value(Int(text), in: range, name, text)
            case .seconds(let path, let range):
                configuration[keyPath: path] = try value(Double(text), in: range, name, text)
            }
        }
    }

    private static func value<Number: Comparable>(
        _ number: Number?, in range: ClosedRange<Number>, _ name: String, _ text: String
    ) throws -> Number {
        guard let number, range.contains(number) else {
            throw ValidationError(
                "\(name) must be a number from \(range.lowerBound) to \(range.upperBound); got \(text)")
        }
        return number
    }
}
