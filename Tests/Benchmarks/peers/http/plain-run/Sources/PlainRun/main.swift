import Dispatch
import Foundation
import HTTP
import HTTPTypes
import Logging

/// `PlainRun PORT BODY`: answers `/v1/runs/{id}` as Plateau writes it and `/encoded/{id}` with the bytes of the file
/// BODY. Two event loops, the default.
let arguments = CommandLine.arguments
guard arguments.count == 3, let port = Int(arguments[1]), let file = FileManager.default.contents(atPath: arguments[2])
else {
    FileHandle.standardError.write(Data("usage: PlainRun PORT BODY\n".utf8))
    exit(64)
}
let encoded = [UInt8](file)
var logger = Logger(label: "plain", factory: StreamLogHandler.standardError(label:))
logger.logLevel = .error
var configuration = ServerConfiguration()
configuration.endpoints = [.tcp("127.0.0.1", port: port)]
configuration.handlerPlacement = .loop
let server = HTTPServer(configuration: configuration, logger: logger) { request in
    if request.path.hasPrefix("/v1/runs/") {
        let run = StoredRun.load(String(request.path.dropFirst(9)))
        return HTTPServerResponse(headers: [.contentType: "application/json"], body: .bytes(run.json))
    }
    guard request.path.hasPrefix("/encoded/") else { throw HTTPError(.notFound, "There is nothing here.") }
    return HTTPServerResponse(headers: [.contentType: "application/json"], body: .bytes(encoded))
}
_ = try server.start()
dispatchMain()
