import Foundation
import Hummingbird
import Logging

/// `HummingbirdRun PORT BODY`: answers `/v1/runs/{id}` by the framework's encoder and `/encoded/{id}` with the bytes of
/// the file BODY. As many event loops as it takes by default: one a core.
let arguments = CommandLine.arguments
guard arguments.count == 3, let port = Int(arguments[1]), let body = FileManager.default.contents(atPath: arguments[2])
else {
    FileHandle.standardError.write(Data("usage: HummingbirdRun PORT BODY\n".utf8))
    exit(64)
}
let encoded = ByteBuffer(bytes: body)
let router = Router()
router.get("v1/runs/:id") { _, context in StoredRun.load(try context.parameters.require("id")) }
router.get("encoded/:id") { _, _ in
    Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: encoded))
}
var logger = Logger(label: "hummingbird")
logger.logLevel = .error
let application = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)
try await application.runService()
