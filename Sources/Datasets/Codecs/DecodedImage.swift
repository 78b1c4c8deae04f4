import CCodecs
import Foundation

/// An image as 8-bit numbers, rows of interleaved channels: 1 is grey, 3 is RGB.
struct DecodedImage {
    var width: Int
    var height: Int
    var channels: Int
    var pixels: [UInt8]

    init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(pixels.count == width * height * channels)
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// Decodes JPEG or PNG, told apart by their first bytes, whatever the file is called. EXIF orientation is not
    /// applied: image and mask are taken as they are stored.
    ///
    /// - Parameter pixelLimit: an image that declares more pixels is refused before any of it is decoded.
    init(_ bytes: [UInt8], pixelLimit: Int) throws(FileFailure) {
        let isJPEG = bytes.starts(with: [0xff, 0xd8, 0xff])
        guard isJPEG || bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) else {
            throw FileFailure(
                reason: .undecodable, detail: bytes.isEmpty ? "is empty" : "is neither a JPEG nor a PNG file")
        }
        var image = plateau_image()
        var message = [CChar](repeating: 0, count: 256)
        let decode = isJPEG ? plateau_decode_jpeg : plateau_decode_png
        let result = decode(bytes, bytes.count, UInt64(pixelLimit), &image, &message, message.count)
        let why = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        switch result {
        case plateau_codec_ok: break
        case plateau_codec_too_large:
            throw FileFailure(reason: .tooLarge, detail: "declares \(why); at most \(pixelLimit) pixels are taken")
        case plateau_codec_unsupported: throw FileFailure(reason: .unsupportedType, detail: "has \(why)")
        case plateau_codec_no_memory: throw FileFailure(reason: .tooLarge, detail: "does not fit in memory")
        default: throw FileFailure(reason: .undecodable, detail: "cannot be decoded: \(why)")
        }
        defer { free(image.pixels) }
        width = Int(image.width)
        height = Int(image.height)
        channels = Int(image.channels)
        // Within bounds: the decoder filled exactly width·height·channels bytes.
        pixels = Array(UnsafeBufferPointer(start: image.pixels, count: width * height * channels))
    }

    /// PNG bytes.
    func encodedPNG() throws -> [UInt8] {
        var copy = pixels
        return try copy.withUnsafeMutableBufferPointer { buffer in
            var image = plateau_image(
                width: UInt32(width), height: UInt32(height), channels: UInt32(channels), pixels: buffer.baseAddress)
            var out: UnsafeMutablePointer<UInt8>?
            var count = 0
            guard plateau_encode_png(&image, &out, &count) == plateau_codec_ok, let out else {
                throw DatasetError.io(path: "", operation: "encode a PNG", code: ENOMEM)
            }
            defer { free(out) }
            return Array(UnsafeBufferPointer(start: out, count: count))
        }
    }

    /// One channel: the mean of RGB weighted for brightness (ITU-R BT.601).
    var grey: [UInt8] {
        guard channels == 3 else { return pixels }
        return [UInt8](unsafeUninitializedCapacity: width * height) { buffer, count in
            // Within bounds: three bytes of pixels for each one of the buffer.
            plateau_grey(buffer.baseAddress, pixels, width * height)
            count = width * height
        }
    }
}
