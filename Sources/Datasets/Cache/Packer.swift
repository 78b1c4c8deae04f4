import Foundation
import Glibc

/// Writes a packed file, one image in memory at a time.
struct Packer {
    private let header: PackedHeader
    private let root: String

    /// - Throws: `DatasetError.changed` when there is no folder `root`.
    init(header: PackedHeader, root: String) throws {
        // Canonical on this machine, which need not be the one where the data set was registered.
        guard let canonical = DataRoots.canonical(root) else {
            throw DatasetError.changed("\(root) is gone: put the data set back where it was registered")
        }
        self.header = header
        self.root = canonical
    }

    /// Only one may run at a time for the same path.
    func pack(_ cases: [DatasetCase], to path: String, shouldStop: () -> Bool) throws {
        // The lock leaves one packer at a time: what is there already is of one that died.
        let temporary = path + ".part"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DatasetError.io(path: temporary, operation: "create", code: errno) }
        do {
            defer { close(descriptor) }
            // No sound header until everything else is there.
            try write([UInt8](repeating: 0, count: PackedHeader.bytes), to: descriptor, temporary)
            let digest = SHA256Digest()
            for item in cases {
                if shouldStop() { throw DatasetError.cancelled }
                let bytes = try packed(item)
                digest.update(bytes)
                try write(bytes, to: descriptor, temporary)
            }
            guard lseek(descriptor, 0, SEEK_SET) == 0 else {
                throw DatasetError.io(path: temporary, operation: "write", code: errno)
            }
            try write(header.encoded(checksum: digest.bytes()), to: descriptor, temporary)
            guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
                throw DatasetError.io(path: path, operation: "write", code: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// The image's planes, then the mask's, as 0 and 1.
    private func packed(_ item: DatasetCase) throws -> [UInt8] {
        let image = try load(item.image, expected: item.imageSHA256)
        let mask = try load(item.mask, expected: item.maskSHA256)
        let pixels = header.channels == 3 ? image.pixels : image.grey
        let interleaved = header.channels == 3 ? image.channels : 1
        let resampler = Resampler(
            height: image.height, width: image.width, toHeight: header.height, toWidth: header.width)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.caseBytes)
        for channel in 0..<header.channels {
            // Grey among colours stands for all three.
            bytes += resampler.resize(pixels, channel: min(channel, interleaved - 1), of: interleaved)
                .map { UInt8(min(255, max(0, $0.rounded()))) }
        }
        let binary = mask.grey.map { $0 >= Mask.threshold ? 255 : 0 as UInt8 }
        let maskResampler = Resampler(
            height: mask.height, width: mask.width, toHeight: header.height, toWidth: header.width)
        bytes += maskResampler.resize(binary, channel: 0, of: 1).map { $0 >= 127.5 ? 1 : 0 }
        return bytes
    }

    private func load(_ file: String, expected: String) throws -> DecodedImage {
        let path = root + "/" + file
        let limits = DatasetScanner.Limits()
        do {
            let bytes = try FileBytes.read(file, root: root, limit: limits.fileBytes)
            guard SHA256Digest.hex(bytes) == expected else {
                throw DatasetError.changed("\(path) has changed since it was registered: register the data set anew")
            }
            return try DecodedImage(bytes, pixelLimit: limits.pixels)
        } catch DatasetError.io(_, _, ENOENT) {
            throw DatasetError.changed("\(path) is gone: put the data set back where it was registered")
        } catch let failure as FileFailure {
            throw DatasetError.changed("\(path) \(failure.detail)")
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws {
        var sent = 0
        while sent < bytes.count {
            // Within bounds: sent < bytes.count.
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + sent, bytes.count - sent) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DatasetError.io(path: path, operation: "write", code: errno) }
            sent += count
        }
    }
}
