import Glibc

/// What a client's request carries, read piece by piece.
struct RequestContent {
    typealias MakeError = (HTTPClientError.Reason, String) -> HTTPClientError

    private static let pieceBytes = 256 * 1024

    /// Nil where the request has no content at all.
    let length: Int?
    private let bytes: [UInt8]
    private let file: OpenFile?
    private let failure: MakeError

    /// - Throws: `HTTPClientError` with the reason `cannotReadFile`.
    init(_ body: HTTPClient.Body, failure: @escaping MakeError) throws {
        self.failure = failure
        switch body {
        case .none: (length, bytes, file) = (nil, [], nil)
        case .bytes(let bytes): (length, self.bytes, file) = (bytes.count, bytes, nil)
        case .file(let path):
            guard let file = OpenFile(path: path) else {
                throw failure(.cannotReadFile, "\(path): \(String(cString: strerror(errno)))")
            }
            (length, bytes, self.file) = (file.size, [], file)
        }
    }

    /// Nil at the end.
    func piece(at offset: Int) throws -> [UInt8]? {
        guard let length, offset < length else { return nil }
        guard let file else { return bytes }
        guard let piece = file.read(min(Self.pieceBytes, length - offset), at: offset), !piece.isEmpty else {
            throw failure(.cannotReadFile, "it shrank while it was sent")
        }
        return piece
    }
}
