import Foundation
import Glibc

/// Writes a packed file, one image in memory at a time.
struct Packer {
    let header: PackedHeader
    let root: String

    func pack(_ cases: [DatasetCase], to path: String, shouldStop: () -> Bool) throws {
        let temporary = "\(path).\(getpid()).part"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw DatasetError.io(path: temporary, operation: "create", code: errno) }
        do {
            defer { close(descriptor) }
            try write(header.encoded, to: descriptor, temporary)
            for item in cases {
                if shouldStop() { throw DatasetError.cancelled }
                try write(try packed(item), to: descriptor, temporary)
            }
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
        let pixels = header.channels == 3 ? image.rgb : image.grey
        let resampler = Resampler(
            height: image.height, width: image.width, toHeight: header.height, toWidth: header.width)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(header.caseBytes)
        for channel in 0..<header.channels {
            bytes += resampler.resize(pixels, channel: channel, of: header.channels).map { UInt8(min(255, max(0, $0.rounded()))) }
        }
        let binary = mask.grey.map { $0 >= Mask.threshold ? 255 : 0 as UInt8 }
        let maskResampler = Resampler(
            height: mask.height, width: mask.width, toHeight: header.height, toWidth: header.width)
        bytes += maskResampler.resize(binary, channel: 0, of: 1).map { $0 >= 127.5 ? 1 : 0 }
        return bytes
    }

    private func load(_ file: String, expected: String) throws -> DecodedImage {
        let path = root + "/" + file
        guard let canonical = DataRoots.canonical(path), DataRoots.isInside(canonical, root) else {
            throw DatasetError.changed("\(path) is gone: put the data set back where it was registered")
        }
        let bytes = try FileBytes.read(path, limit: DatasetScanner.Limits().fileBytes)
        guard SHA256Digest.hex(bytes) == expected else {
            throw DatasetError.changed("\(path) has changed since it was registered: register the data set anew")
        }
        do {
            return try DecodedImage(bytes, pixelLimit: DatasetScanner.Limits().pixels)
        } catch {
            throw DatasetError.changed("\(path) \(error.detail)")
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
