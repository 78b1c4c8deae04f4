import CKernels

/// Some neighbouring blocks of 16 channels of a blocked tensor (ck_grid.h), of every sample of a batch.
struct FeatureMap {
    let grid: Grid
    let blocks: Int
    private let storage: FloatBuffer
    private let firstBlock: Int
    private let blocksInAll: Int

    /// A tensor of its own, zeroed.
    init(_ grid: Grid, blocks: Int, batch: Int) {
        self.grid = grid
        self.blocks = blocks
        firstBlock = 0
        blocksInAll = blocks
        storage = FloatBuffer(count: batch * blocks * grid.volume * Lanes.count)
    }

    private init(of whole: FeatureMap, _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= whole.blocks)
        grid = whole.grid
        blocks = range.count
        storage = whole.storage
        firstBlock = whole.firstBlock + range.lowerBound
        blocksInAll = whole.blocksInAll
    }

    /// The same numbers, seen through fewer blocks.
    subscript(range: Range<Int>) -> FeatureMap { FeatureMap(of: self, range) }

    /// Floats from one sample to the next.
    var sampleStride: Int { blocksInAll * grid.volume * Lanes.count }

    /// The first position inside the halo of a sample's block.
    func at(_ sample: Int, _ block: Int = 0) -> UnsafeMutablePointer<Float> {
        precondition(block >= 0 && block < blocks)
        return storage.at(
            sample * sampleStride + ((firstBlock + block) * grid.volume + grid.origin) * Lanes.count)
    }

    /// Adds another map's numbers of one sample; halos stay zero.
    func add(_ other: FeatureMap, sample: Int) {
        precondition(other.grid == grid && other.blocks == blocks)
        ck_add(at(sample), other.at(sample), blocks * grid.volume * Lanes.count - grid.origin * Lanes.count)
    }
}

/// Channels come in blocks of 16, as the kernels' vectors have them.
enum Lanes {
    static let count = Int(CK_LANES)

    /// Blocks that so many channels fill, the last perhaps in part.
    static func blocks(_ channels: Int) -> Int { (channels + count - 1) / count }

    /// One of `groups` groups of a tensor's blocks, cut between pairs of them, as tiles take two at a time.
    static func group(_ group: Int, of groups: Int, blocks: Int) -> Range<Int> {
        let pairs = (blocks + 1) / 2
        return 2 * (pairs * group / groups)..<min(blocks, 2 * (pairs * (group + 1) / groups))
    }
}
