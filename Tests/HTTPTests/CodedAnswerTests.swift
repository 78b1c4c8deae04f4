import CZLIB
import Foundation
import HTTPTypes
import Testing

@testable import HTTP

/// Reads gzip. Nil where it is not whole.
private func unzipped(_ bytes: [UInt8]) -> [UInt8]? {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    defer {
        inflateEnd(stream)
        stream.deallocate()
    }
    guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    var input = bytes
    var output = [UInt8](repeating: 0, count: 16 << 20)
    let code = input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            // Within bounds: zlib keeps to the counts, the buffers'.
            (stream.pointee.next_in, stream.pointee.avail_in) = (input.baseAddress, UInt32(input.count))
            (stream.pointee.next_out, stream.pointee.avail_out) = (output.baseAddress, UInt32(output.count))
            return inflate(stream, Z_FINISH)
        }
    }
    return code == Z_STREAM_END ? Array(output[..<Int(stream.pointee.total_out)]) : nil
}

extension OverSockets {
    /// Codings, preconditions, ranges and trailers as a client sees them.
    @Suite struct CodedAnswerTests {
        private static let text = Array(String(repeating: "{\"epoch\": 1, \"dsc\": 0.5}\n", count: 20_000).utf8)
        private static let json: HTTPFields = [.contentType: "application/json", .eTag: "\"v1\"", .vary: "Accept"]

        private static let handler: Handler = { request in
            switch request.path {
            case "/large": HTTPServerResponse(headers: json, body: .bytes(text))
            case "/small": HTTPServerResponse(headers: json, body: .bytes(Array(text.prefix(1023))))
            case "/least": HTTPServerResponse(headers: json, body: .bytes(Array(text.prefix(1024))))
            case "/binary":
                HTTPServerResponse(headers: [.contentType: "application/octet-stream"], body: .bytes(text))
            case "/coded":
                HTTPServerResponse(
                    headers: [.contentType: "text/plain", .contentEncoding: "br"], body: .bytes(text))
            case "/dated":
                HTTPServerResponse(
                    headers: [.contentType: "text/csv", .lastModified: "Sun, 06 Nov 1994 08:49:37 GMT"],
                    body: .bytes(text))
            case "/events":
                HTTPServerResponse(
                    headers: [.contentType: "text/event-stream"],
                    body: .stream { try await $0.write(Array("data: x\n\n".utf8)) })
            default:
                HTTPServerResponse(
                    headers: [.contentType: "text/plain"],
                    body: .stream { writer in
                        for piece in ["one ", "", "two ", "three"] { try await writer.write(Array(piece.utf8)) }
                    })
            }
        }

        private func ask(
            _ path: String, _ headers: String, method: String = "GET", _ port: Int
        ) async throws -> RawConnection.Answer {
            try await onThread {
                let connection = try RawConnection(port)
                try connection.send("\(method) \(path) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
                return try #require(try connection.answers(1, isHead: method == "HEAD").first)
            }
        }

        private static let gzip = "Accept-Encoding: gzip\r\n"

        @Test(arguments: [HandlerPlacement.pool, .loop]) func textIsCoded(_ placement: HandlerPlacement) async throws {
            try await withServer(.with { $0.handlerPlacement = placement }, handler: Self.handler) { port in
                for path in ["/large", "/least"] {
                    let plain = try await ask(path, "", port)
                    let coded = try await ask(path, Self.gzip, port)
                    #expect(plain.fields[.contentEncoding] == nil && coded.fields[.contentEncoding] == "gzip")
                    #expect(
                        plain.fields[.vary] == "Accept, Accept-Encoding" && coded.fields[.vary] == plain.fields[.vary])
                    #expect(plain.fields[.eTag] == "\"v1\"" && coded.fields[.eTag] == "\"v1-gzip\"")
                    #expect(coded.body.count < plain.body.count / 4)
                    #expect(unzipped(coded.body) == plain.body)
                    let head = try await ask(path, Self.gzip, method: "HEAD", port)
                    #expect(head.fields[.contentEncoding] == "gzip" && head.fields[.eTag] == "\"v1-gzip\"")
                    #expect(head.fields[.contentLength] == nil)
                }
            }
        }

        @Test func whatGainsNothingIsNotCoded() async throws {
            try await withServer(handler: Self.handler) { port in
                for path in ["/small", "/binary", "/coded", "/events"] {
                    let answer = try await ask(path, Self.gzip, port)
                    #expect(answer.fields[.contentEncoding] == (path == "/coded" ? "br" : nil), "\(path)")
                    #expect(unzipped(answer.body) == nil)
                }
                let refused = try await ask("/large", "Accept-Encoding: gzip;q=0\r\n", port)
                #expect(refused.fields[.contentEncoding] == nil && refused.body == Self.text)
            }
            try await withServer(.with { $0.gzipsAnswers = false }, handler: Self.handler) { port in
                let answer = try await ask("/large", Self.gzip, port)
                #expect(answer.body == Self.text && answer.fields[.vary] == "Accept")
            }
        }

        @Test func streamsAreCoded() async throws {
            try await withServer(handler: Self.handler) { port in
                let answer = try await ask("/stream", Self.gzip, port)
                #expect(answer.fields[.contentEncoding] == "gzip" && answer.fields[.vary] == "Accept-Encoding")
                #expect(unzipped(answer.body) == Array("one two three".utf8))
            }
        }

        /// The first piece can be read before the second is written.
        @Test func streamsAreFlushed() async throws {
            let seen = Gate()
            let handler: Handler = { _ in
                HTTPServerResponse(
                    headers: [.contentType: "text/plain"],
                    body: .stream { writer in
                        try await writer.write(Array("first".utf8))
                        await seen.wait()
                        try await writer.write(Array("second".utf8))
                    })
            }
            try await withServer(handler: handler) { port in
                let connection = try await onThread {
                    let connection = try RawConnection(port)
                    try connection.send("GET / HTTP/1.1\r\nHost: a\r\n\(Self.gzip)\r\n")
                    var parser = ResponseParser(isHead: false, limit: 1 << 20)
                    var body: [UInt8] = []
                    // A flushed piece of deflate ends in an empty block.
                    while !body.suffix(4).elementsEqual([0, 0, 0xff, 0xff]) {
                        parser.feed(try connection.socket.read(idleSeconds: 10))
                        while let event = try parser.next() {
                            if case .body(let bytes) = event { body += bytes }
                        }
                    }
                    return connection
                }
                seen.open()
                #expect(try await onThread { try connection.socket.read(idleSeconds: 10) }.isEmpty == false)
            }
        }

        @Test func conditions() async throws {
            try await withServer(handler: Self.handler) { port in
                for (known, echoed) in [("\"v1\"", "\"v1\""), ("\"v1-gzip\"", "\"v1-gzip\""), ("*", "\"v1\"")] {
                    let answer = try await ask("/large", "If-None-Match: \(known)\r\n\(Self.gzip)", port)
                    #expect(answer.status == 304 && answer.body.isEmpty)
                    #expect(answer.fields[.eTag] == echoed && answer.fields[.contentType] == nil)
                    #expect(answer.fields[.vary] == "Accept, Accept-Encoding")
                }
                let other = try await ask("/large", "If-Match: \"v0\"\r\n", port)
                #expect(other.status == 412 && other.text.contains("\"status\":412"))
                #expect(try await ask("/large", "If-Match: \"v1\"\r\n", port).status == 200)
                let since = "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                #expect(try await ask("/dated", since, port).status == 304)
                #expect(try await ask("/dated", since, method: "HEAD", port).status == 304)
                #expect(try await ask("/dated", since, method: "POST", port).status == 200)
                // Without a validator nothing can be said.
                #expect(try await ask("/binary", "If-None-Match: *\r\n", port).status == 200)
            }
        }

        @Test func rangesOfFiles() async throws {
            try await withTemporaryFile { path in
                try Data("0123456789".utf8).write(to: URL(filePath: path))
                let handler: Handler = { request in
                    let isPart = request.path == "/part"
                    return HTTPServerResponse(
                        headers: [.contentType: "text/plain", .eTag: "\"v1\""],
                        body: .file(path: path, offset: isPart ? 2 : 0, length: isPart ? 5 : nil))
                }
                try await withServer(handler: handler) { port in
                    let whole = try await ask("/", Self.gzip, port)
                    #expect(whole.status == 200 && whole.text == "0123456789")
                    #expect(whole.fields[.acceptRanges] == "bytes" && whole.fields[.contentEncoding] == nil)
                    let part = try await ask("/", "Range: bytes=2-4\r\n\(Self.gzip)", port)
                    #expect(part.status == 206 && part.text == "234")
                    #expect(part.fields[.contentRange] == "bytes 2-4/10" && part.fields[.eTag] == "\"v1\"")
                    #expect(part.fields[.contentLength] == "3")
                    // Of a part, too, which is then the representation.
                    let inner = try await ask("/part", "Range: bytes=-2\r\n", port)
                    #expect(inner.text == "56" && inner.fields[.contentRange] == "bytes 3-4/5")
                    let none = try await ask("/", "Range: bytes=10-\r\n", port)
                    #expect(none.status == 416 && none.fields[.contentRange] == "bytes */10")
                    for ignored in ["Range: bytes=0-1,5-6\r\n", "Range: bytes=x\r\n", "Range: lines=0-1\r\n"] {
                        #expect(try await ask("/", ignored, port).status == 200, "\(ignored)")
                    }
                    let head = try await ask("/", "Range: bytes=2-4\r\n", method: "HEAD", port)
                    #expect(head.status == 200 && head.fields[.contentLength] == "10")
                    let range = "Range: bytes=0-0\r\n"
                    #expect(try await ask("/", range + "If-Range: \"v1\"\r\n", port).status == 206)
                    for old in ["\"v0\"", "W/\"v1\"", "\"v1-gzip\"", "Sun, 06 Nov 1994 08:49:37 GMT"] {
                        #expect(try await ask("/", range + "If-Range: \(old)\r\n", port).status == 200, "\(old)")
                    }
                    // Preconditions come first.
                    #expect(try await ask("/", range + "If-None-Match: \"v1\"\r\n", port).status == 304)
                }
            }
        }

        @Test func trailersGoToWhomAskedForThem() async throws {
            let sum = try #require(HTTPField.Name("X-Sum"))
            let handler: Handler = { _ in
                HTTPServerResponse(
                    headers: [.trailer: "X-Sum"],
                    body: .stream { writer in
                        try await writer.write([1, 2, 3])
                        writer.setTrailers([sum: "6", .contentLength: "99", .authorization: "x"])
                    })
            }
            try await withServer(handler: handler) { port in
                let asked = try await ask("/", "TE: trailers\r\nConnection: TE\r\n", port)
                #expect(asked.fields[.trailer] == "X-Sum" && asked.trailers == [sum: "6"])
                #expect(asked.body == [1, 2, 3])
                let other = try await ask("/", "", port)
                #expect(other.fields[.trailer] == nil && other.trailers.isEmpty && other.body == [1, 2, 3])
            }
        }
    }
}
