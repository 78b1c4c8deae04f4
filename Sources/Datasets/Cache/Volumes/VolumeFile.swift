import Foundation

/// A packed file of volumes whose index is whole and of the data set that was asked for.
final class VolumeFile {
    let records: [VolumeRecord]
    let size: Int
    private let descriptor: Int32

    /// Nil where there is none.
    init?(_ path: String, _ index: VolumeIndex) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            (records, size) = ([], 0)
            return nil
        }
        size = Int(status.st_size)
        guard let found = Self.records(descriptor, size, index) else {
            records = []
            return nil
        }
        records = found
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// To be unmapped by the caller.
    func mapped() throws -> UnsafeRawPointer {
        guard let mapping = mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0), mapping != MAP_FAILED else {
            throw DatasetError.io(path: "the packed data set", operation: "map", code: errno)
        }
        return UnsafeRawPointer(mapping)
    }

    private static func records(_ descriptor: Int32, _ size: Int, _ index: VolumeIndex) -> [VolumeRecord]? {
        guard size >= index.dataStart else { return nil }
        var bytes = [UInt8](repeating: 0, count: VolumeIndex.preambleBytes + index.tableBytes)
        guard pread(descriptor, &bytes, bytes.count, 0) == bytes.count else { return nil }
        let table = bytes[VolumeIndex.preambleBytes...]
        let digest = SHA256Digest()
        digest.update(Array(table))
        guard Array(bytes[..<VolumeIndex.preambleBytes]) == index.preamble(checksum: digest.bytes()) else { return nil }
        let width = VolumeRecord.bytes(classes: index.classes)
        let records = (0..<index.count).map { number in
            let start = table.startIndex + number * width
            return VolumeRecord(table[start..<start + width], classes: index.classes)
        }
        // Cut off or grown behind the index.
        let end = records.map { VolumeRecord.aligned($0.end(channels: index.channels)) }.max() ?? index.dataStart
        return end == size ? records : nil
    }
}
