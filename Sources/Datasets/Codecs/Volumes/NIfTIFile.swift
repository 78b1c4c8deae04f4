import CCodecs

/// A NIfTI-1 file, .nii or .nii.gz, that has been read to the end of its header.
struct NIfTIFile {
    let header: NIfTIHeader
    private let bytes: UnpackedBytes

    /// - Parameter valueLimit: a file that declares more voxels times channels is refused before any is unpacked.
    init(_ file: [UInt8], valueLimit: Int) throws(FileFailure) {
        bytes = try UnpackedBytes(file)
        header = try NIfTIHeader(try bytes.read(NIfTIHeader.bytes), valueLimit: valueLimit)
        let extensions = header.offset - NIfTIHeader.bytes
        guard try bytes.read(extensions).count == extensions else { throw Self.cutOff("its extensions") }
    }

    /// Gives the values to `body` in pieces of up to `piece`, in the file's order: x fastest, then y, z, channel. It may
    /// be called once. Memory: 12 bytes for each value of a piece at most.
    func forEachPiece(
        of piece: Int = 1 << 17, _ body: (UnsafeBufferPointer<Float>) throws(FileFailure) -> Void
    ) throws(FileFailure) {
        let width = header.type.bytes
        var stored = [UInt8](repeating: 0, count: min(piece, header.values) * width)
        var values = [Float](repeating: 0, count: min(piece, header.values))
        var left = header.values
        while left > 0 {
            let count = min(values.count, left)
            if count < values.count { stored.removeLast((values.count - count) * width) }
            guard try bytes.read(into: &stored) == count * width else {
                throw Self.cutOff("its voxels; \(left) of \(header.values) are missing or incomplete")
            }
            // Within bounds: count values of `width` bytes each.
            plateau_voxels_read(
                &values, stored, count, Int32(header.type.rawValue), header.isBigEndian ? 1 : 0, header.slope,
                header.intercept)
            if count < values.count { values.removeLast(values.count - count) }
            let result: Result<Void, FileFailure> = values.withUnsafeBufferPointer { buffer in
                do throws(FileFailure) { return .success(try body(buffer)) } catch { return .failure(error) }
            }
            try result.get()
            left -= count
        }
        // Also verifies gzip's last checksum.
        guard try bytes.read(1).isEmpty else {
            throw FileFailure(
                reason: .trailingBytes,
                detail: "goes on behind the \(header.values) voxels that its header declares: save it anew")
        }
    }

    /// All values, [channels, D, H, W].
    func values() throws(FileFailure) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(header.values)
        try forEachPiece { piece in values.append(contentsOf: piece) }
        return values
    }

    private static func cutOff(_ place: String) -> FileFailure {
        FileFailure(reason: .truncated, detail: "ends within \(place): copy it anew from where it came")
    }
}
