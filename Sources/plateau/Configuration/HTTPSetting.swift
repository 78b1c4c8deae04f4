import HTTP

/// A limit or timeout of the HTTP layer that the operator can set. Defaults and meanings stand at the properties of
/// `HTTPLimits` and `HTTPTimeouts`.
struct HTTPSetting {
    enum Property {
        case count(WritableKeyPath<ServerConfiguration, Int>, ClosedRange<Int>)
        case seconds(WritableKeyPath<ServerConfiguration, Double>, ClosedRange<Double>)
    }

    /// Among the settings of `serve`.
    let key: String
    let property: Property

    private static func count(
        _ name: String, _ path: WritableKeyPath<ServerConfiguration, Int>, _ range: ClosedRange<Int>
    ) -> HTTPSetting {
        HTTPSetting(key: "http_" + name, property: .count(path, range))
    }

    private static func seconds(
        _ name: String, _ path: WritableKeyPath<ServerConfiguration, Double>, from least: Double = 0.1
    ) -> HTTPSetting {
        HTTPSetting(key: "http_" + name + "_seconds", property: .seconds(path, least...86_400))
    }

    static var all: [HTTPSetting] {
        [
            count("head_bytes", \.limits.headBytes, 1024...1 << 20),
            count("field_count", \.limits.fieldCount, 8...10_000),
            count("target_bytes", \.limits.targetBytes, 256...1 << 20),
            count("body_bytes", \.limits.bodyBytes, 1 << 20...1 << 40),
            count("requests_per_connection", \.limits.requestsPerConnection, 1...1_000_000_000),
            count("connections", \.limits.connections, 1...1_000_000),
            count("connections_per_client", \.limits.connectionsPerClient, 1...1_000_000),
            seconds("first_byte", \.timeouts.firstByteSeconds),
            seconds("handshake", \.timeouts.handshakeSeconds),
            seconds("head", \.timeouts.headSeconds),
            count("body_bytes_per_second", \.timeouts.bodyBytesPerSecond, 0...1_000_000_000),
            seconds("body_idle", \.timeouts.bodyIdleSeconds),
            seconds("keep_alive", \.timeouts.keepAliveSeconds),
            count("write_bytes_per_second", \.timeouts.writeBytesPerSecond, 0...1_000_000_000),
            seconds("write_stall", \.timeouts.writeStallSeconds),
            seconds("departure", \.timeouts.departureSeconds, from: 0),
            count("backlog", \.backlog, 1...65_535),
            count("event_loops", \.eventLoops, 1...256),
        ]
    }

    /// - Throws: `ValidationError` for a value that is none.
    static func apply(_ reader: SettingsReader, to configuration: inout ServerConfiguration) throws {
        for setting in all {
            switch setting.property {
            case .count(let path, let range):
                configuration[keyPath: path] = try reader.integer(
                    setting.key, default: configuration[keyPath: path], in: range)
            case .seconds(let path, let range):
                configuration[keyPath: path] = try reader.number(
                    setting.key, default: configuration[keyPath: path], in: range)
            }
        }
    }
}
