/// The fixed header of a NIfTI-1 file (nifti1.h), as far as it says what the voxels are and where they lie.
struct NIfTIHeader: Hashable {
    /// With the four bytes that announce extensions.
    static let bytes = 352
    /// Extensions before the voxels; scanners write a few kilobytes.
    static let extensionLimit = 16 << 20

    /// Voxels along x, y, z.
    var extent: [Int]
    /// Of the fourth dimension.
    var channels: Int
    var type: VoxelType
    var isBigEndian = false
    /// Where the voxels begin.
    var offset = Self.bytes
    /// value = slope · stored + intercept.
    var slope = 1.0
    var intercept = 0.0
    var affine: Affine
    /// Whether the file says where it lies; else only the spacing is known.
    var isPlaced = true
    /// Along x, y, z in millimetres.
    var spacing: [Double]

    var values: Int { extent.reduce(channels, *) }

    /// - Parameters:
    ///   - start: the file's first 352 bytes, or all of a shorter one.
    ///   - valueLimit: a file that declares more is refused.
    init(_ start: [UInt8], valueLimit: Int) throws(FileFailure) {
        guard let fields = try Self.fields(start) else {
            throw FileFailure(
                reason: .undecodable,
                detail: start.isEmpty ? "is empty" : "is not a NIfTI-1 file: convert it, for instance with dcm2niix")
        }
        isBigEndian = fields.isBigEndian
        (extent, channels) = try Self.dimensions(fields, valueLimit)
        let code = fields.int16(70)
        guard let type = VoxelType(rawValue: code) else {
            throw FileFailure(
                reason: .unsupportedType,
                detail: "holds \(VoxelType.name(ofUnsupported: code)): save it as integers or floats of 8 to 64 bits")
        }
        self.type = type
        let offset = fields.float(108)
        // 0 is written for the usual place as well.
        guard offset == 0 || (Float(Self.bytes)...Float(Self.bytes + Self.extensionLimit)).contains(offset),
            offset == offset.rounded()
        else {
            throw FileFailure(
                reason: .undecodable, detail: "puts its voxels at byte \(offset), which cannot be: save it anew")
        }
        if offset > 0 { self.offset = Int(offset) }
        let (slope, intercept) = (Double(fields.float(112)), Double(fields.float(116)))
        // 0, and NaN in files of SPM, stand for values that are stored as they are.
        if slope != 0, slope.isFinite {
            guard intercept.isFinite else {
                throw FileFailure(
                    reason: .undecodable, detail: "has the intercept \(intercept) (scl_inter): save it anew")
            }
            (self.slope, self.intercept) = (slope, intercept)
        }
        (affine, isPlaced) = fields.affine
        spacing = affine.spacing ?? [1, 1, 1]
    }

    /// Nil where it is none of the format.
    private static func fields(_ start: [UInt8]) throws(FileFailure) -> NIfTIFields? {
        guard start.count >= 4 else { return nil }
        let size = (0..<4).map { UInt32(start[$0]) << (8 * UInt32($0)) }.reduce(0, |)
        if size == 540 || size.byteSwapped == 540 {
            throw FileFailure(reason: .unsupportedType, detail: "is a NIfTI-2 file: save it as NIfTI-1")
        }
        guard size == 348 || size.byteSwapped == 348 else { return nil }
        guard start.count >= bytes else {
            throw FileFailure(
                reason: .truncated, detail: "ends after \(start.count) bytes, within its header: copy it anew")
        }
        switch Array(start[344..<348]) {
        case Array("n+1\0".utf8): break
        case Array("ni1\0".utf8):
            throw FileFailure(
                reason: .unsupportedType, detail: "is one half of a .hdr and .img pair: save it as a single .nii file")
        default: return nil
        }
        return NIfTIFields(bytes: start, isBigEndian: size != 348)
    }

    private static func dimensions(
        _ fields: NIfTIFields, _ valueLimit: Int
    ) throws(FileFailure) -> (extent: [Int], channels: Int) {
        let count = Int(fields.int16(40))
        guard (1...7).contains(count) else {
            throw FileFailure(reason: .undecodable, detail: "declares \(count) dimensions: save it anew")
        }
        // What is not declared has one layer.
        let dimensions = (1...7).map { $0 <= count ? Int(fields.int16(40 + 2 * $0)) : 1 }
        let shape = dimensions.prefix(count).map(String.init).joined(separator: "×")
        guard dimensions.allSatisfy({ $0 > 0 }) else {
            throw FileFailure(reason: .empty, detail: "holds no voxels: it declares \(shape)")
        }
        guard dimensions[4...].allSatisfy({ $0 == 1 }) else {
            throw FileFailure(
                reason: .wrongDimensions,
                detail: "has \(shape) voxels in more than three dimensions and channels: save one volume a file")
        }
        // At most 2^15 four times: no overflow.
        let values = dimensions[..<4].reduce(1, *)
        guard values <= valueLimit else {
            throw FileFailure(
                reason: .tooLarge, detail: "declares \(shape) voxels; at most \(valueLimit) values are taken")
        }
        return (Array(dimensions[..<3]), dimensions[3])
    }
}

/// The header's numbers by their places.
private struct NIfTIFields {
    var bytes: [UInt8]
    var isBigEndian: Bool

    func int16(_ place: Int) -> Int16 { Int16(truncatingIfNeeded: word(place, 2)) }
    func float(_ place: Int) -> Float { Float(bitPattern: word(place, 4)) }

    private func word(_ place: Int, _ count: Int) -> UInt32 {
        (0..<count).reduce(0) { sum, index in
            sum | UInt32(bytes[place + index]) << UInt32(8 * (isBigEndian ? count - 1 - index : index))
        }
    }

    /// Millimetres of the unit of length, which is millimetres where none is given.
    private var unit: Double {
        switch bytes[123] & 7 {
        case 1: 1000
        case 3: 0.001
        default: 1
        }
    }

    /// The sform, else the qform, else the spacing alone, whichever is the first that makes sense.
    var affine: (Affine, isPlaced: Bool) {
        let sizes = (0..<3).map { axis in
            let size = Double(abs(float(80 + 4 * axis)))
            return size > 0 && size.isFinite ? size : 1
        }
        if int16(254) > 0 {
            let rows = (0..<3).map { row in (0..<4).map { Double(float(280 + 16 * row + 4 * $0)) } }
            let affine = Affine(rows: rows).scaled(by: unit)
            if affine.spacing != nil { return (affine, true) }
        }
        if int16(252) > 0 {
            let affine = Affine(
                quaternion: (Double(float(256)), Double(float(260)), Double(float(264))),
                offset: (0..<3).map { Double(float(268 + 4 * $0)) }, spacing: sizes,
                handedness: float(76) < 0 ? -1 : 1
            ).scaled(by: unit)
            if affine.spacing != nil { return (affine, true) }
        }
        return (Affine(spacing: sizes).scaled(by: unit), false)
    }
}
