import Foundation

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
        try PartFile.make(path) { file in
            // No sound header until everything else is there.
            try file.write([UInt8](repeating: 0, count: PackedHeader.bytes))
            let digest = SHA256Digest()
            for item in cases {
                if shouldStop() { throw DatasetError.cancelled }
                let bytes = try packed(item)
                digest.update(bytes)
                try file.write(bytes)
            }
            try file.rewind()
            try file.write(header.encoded(checksum: digest.bytes()))
        }
    }

    /// The image's planes, then the mask's, as 0 and 1.
    private func packed(_ item: DatasetCase) throws -> [UInt8] {
        let image = try load(item.images[0])
        let mask = try load(item.label)
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

    private func load(_ file: DatasetFile) throws -> DecodedImage {
        let limits = DatasetScanner.Limits()
        return try RegisteredFile(file, root: root).decode(limit: limits.fileBytes) { bytes throws(FileFailure) in
            try DecodedImage(bytes, pixelLimit: limits.pixels)
        }
    }
}
