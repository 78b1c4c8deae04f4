import Foundation

/// A data set decoded, resized and laid out in one read-only, memory-mapped file that all workers of a machine share.
///
/// `@unchecked Sendable`: the mapping is never written to.
public final class PackedDataset: @unchecked Sendable {
    private let header: PackedHeader
    private let index: [String: Int]
    private let mapping: UnsafeRawPointer

    public var channels: Int { header.channels }
    public var height: Int { header.height }
    public var width: Int { header.width }

    /// Opens the packed file, making it first where it is missing or damaged. Several processes may do so at once:
    /// one packs, the others wait for it.
    ///
    /// - Parameters:
    ///   - manifest: of 2 dimensions.
    ///   - root: the data set's folder.
    ///   - height: in pixels, as `width`: from 1 to 8192.
    ///   - cacheDirectory: must exist.
    ///   - shouldStop: asked between images, and while another process packs; ends with `DatasetError.cancelled`.
    /// - Throws: `DatasetError.changed` when a file is not the one that was registered, `.io` when the disk refuses.
    public convenience init(
        manifest: DatasetManifest, root: String, height: Int, width: Int, cacheDirectory: String,
        shouldStop: () -> Bool = { false }
    ) throws {
        precondition(manifest.dimensions == 2 && (1...8192).contains(height) && (1...8192).contains(width))
        let header = PackedHeader(
            channels: manifest.channels, height: height, width: width, count: manifest.cases.count,
            dataHash: manifest.dataHash)
        let path = "\(cacheDirectory)/\(manifest.dataHash)-\(height)x\(width).pack"
        if let descriptor = Self.openSound(path, header) {
            try self.init(descriptor, header, manifest)
            return
        }
        try PackLock.holding(path, shouldStop: shouldStop) {
            if Self.openSound(path, header).map({ close($0) }) == nil {
                try Packer(header: header, root: root).pack(manifest.cases, to: path, shouldStop: shouldStop)
            }
        }
        guard let descriptor = Self.openSound(path, header) else {
            throw DatasetError.io(path: path, operation: "open", code: EIO)
        }
        try self.init(descriptor, header, manifest)
    }

    private init(_ descriptor: Int32, _ header: PackedHeader, _ manifest: DatasetManifest) throws {
        defer { close(descriptor) }
        guard let mapping = mmap(nil, header.fileBytes, PROT_READ, MAP_SHARED, descriptor, 0), mapping != MAP_FAILED
        else {
            throw DatasetError.io(path: "the packed data set", operation: "map", code: errno)
        }
        self.header = header
        self.mapping = UnsafeRawPointer(mapping)
        index = Dictionary(uniqueKeysWithValues: manifest.cases.enumerated().map { ($1.id, $0) })
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: mapping), header.fileBytes) }

    /// Copies cases out for the network: images [N, C, H, W] as (x/255 − 0.5)/0.25, masks [N, 1, H, W] in {0, 1}.
    ///
    /// - Throws: `DatasetError.changed` for an id that is not in the data set.
    public func batch(_ ids: [String]) throws -> (images: [Float], masks: [Float]) {
        let places = try ids.map { id in
            guard let place = index[id] else { throw DatasetError.changed("the data set has no case \(id)") }
            return PackedHeader.bytes + place * header.caseBytes
        }
        let images = [Float](unsafeUninitializedCapacity: ids.count * header.imageBytes) { buffer, count in
            for place in places {
                // Within bounds: place + caseBytes is at most the mapping's length.
                let bytes = mapping.advanced(by: place).assumingMemoryBound(to: UInt8.self)
                for offset in 0..<header.imageBytes {
                    buffer[count + offset] = (Float(bytes[offset]) / 255 - 0.5) / 0.25
                }
                count += header.imageBytes
            }
        }
        let plane = header.height * header.width
        let masks = [Float](unsafeUninitializedCapacity: ids.count * plane) { buffer, count in
            for place in places {
                let bytes = mapping.advanced(by: place + header.imageBytes).assumingMemoryBound(to: UInt8.self)
                for offset in 0..<plane { buffer[count + offset] = Float(bytes[offset]) }
                count += plane
            }
        }
        return (images, masks)
    }

    /// A descriptor of the file where it is whole and of this data set. Reads all of it: what a disk lost must not
    /// become another curve.
    private static func openSound(_ path: String, _ header: PackedHeader) -> Int32? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        var start = [UInt8](repeating: 0, count: PackedHeader.bytes)
        let isSound =
            fstat(descriptor, &status) == 0 && Int(status.st_size) == header.fileBytes
            && pread(descriptor, &start, start.count, 0) == start.count
            && start == checksum(descriptor).map(header.encoded(checksum:))
        if !isSound { close(descriptor) }
        return isSound ? descriptor : nil
    }

    /// Of what follows the header; nil where it cannot be read.
    private static func checksum(_ descriptor: Int32) -> [UInt8]? {
        let digest = SHA256Digest()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        var offset = PackedHeader.bytes
        while true {
            let count = pread(descriptor, &piece, piece.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return digest.bytes() }
            piece.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
    }
}
