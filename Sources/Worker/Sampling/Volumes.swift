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
