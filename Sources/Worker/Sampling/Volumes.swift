import Datasets

/// The volumes of a data set, as the training needs them; safe to use from several threads at once.
struct Volumes: Sendable {
    /// Of a volume.
    var channels: Int
    /// Foreground classes.
    var classCount: Int
    /// D, H, W of a case.
    var extent: @Sendable (_ id: String) throws -> [Int]
    /// A box of a case: [C, D, H, W] and its labels [D, H, W]; both are 0 outside the volume. The origin, z, y, x, may be
    /// negative.
    var patch: @Sendable (_ id: String, _ origin: [Int], _ size: [Int]) throws -> (image: [Float], labels: [UInt8])
    /// Voxels of a class of a case, z, y, x each: all, or many evenly taken; none where the case has none of it.
    var foreground: @Sendable (_ id: String, _ classIndex: Int) throws -> any RandomAccessCollection<[Int]> & Sendable
}

extension Volumes {
    init(_ packed: PackedVolumes) {
        self.init(
            channels: packed.channels, classCount: packed.classes.count, extent: { try packed.extent(of: $0) },
            patch: { try packed.patch(of: $0, origin: $1, size: $2) },
            foreground: { try packed.foregroundVoxels(of: $0, classIndex: $1) })
    }
}
