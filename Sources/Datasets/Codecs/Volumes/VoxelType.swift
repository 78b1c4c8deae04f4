import CCodecs

/// What a NIfTI-1 file stores a voxel as.
enum VoxelType: Int16, CaseIterable {
    case uint8 = 2
    case int16 = 4
    case int32 = 8
    case float32 = 16
    case float64 = 64
    case int8 = 256
    case uint16 = 512
    case uint32 = 768
    case int64 = 1024
    case uint64 = 1280

    var bytes: Int { plateau_voxel_bytes(Int32(rawValue)) }

    /// The format's other types, by what they are called.
    static func name(ofUnsupported code: Int16) -> String {
        switch code {
        case 1: "single bits"
        case 32, 1792, 2048: "complex numbers"
        case 128, 2304: "colours"
        case 1536: "128-bit floats"
        default: "type \(code)"
        }
    }
}
