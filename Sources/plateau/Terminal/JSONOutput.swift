import API
import Foundation

/// `--json`: the server's bytes, or a list put together from its pages.
enum JSONOutput {
    static func write(_ bytes: [UInt8]) {
        Screen.write(String(decoding: bytes, as: UTF8.self) + "\n")
    }

    static func write(_ value: some Encodable) throws {
        write([UInt8](try JSONCoding.encoder().encode(value)))
    }
}
