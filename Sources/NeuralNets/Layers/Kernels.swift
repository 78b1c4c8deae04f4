import CKernels

/// The instructions that the kernels use. Each gives the same bits on every machine that has them, whatever the number
/// of threads; two of them differ by rounding.
public enum Instructions: String, Sendable, CaseIterable {
    case portable, avx2, avx512

    /// The widest that this machine has.
    public static var best: Instructions {
        switch ck_best_isa() {
        case CK_AVX512: .avx512
        case CK_AVX2: .avx2
        default: .portable
        }
    }

    /// Whether this machine has them.
    public var isAvailable: Bool { ck.rawValue <= ck_best_isa().rawValue }

    var ck: ck_isa {
        switch self {
        case .portable: CK_PORTABLE
        case .avx2: CK_AVX2
        case .avx512: CK_AVX512
        }
    }
}

/// What every layer needs to compute with.
struct Kernels {
    let team: ThreadTeam
    let isa: ck_isa
    let precision: Precision
    let arena = ParameterArena()
    let workspace: Workspace
    /// The most samples of a batch.
    let batch: Int

    init(team: ThreadTeam, instructions: Instructions, precision: Precision, batch: Int) {
        self.team = team
        isa = instructions.ck
        self.precision = precision
        self.batch = batch
        workspace = Workspace(team: team)
    }

    /// To be called once all layers are put together.
    func allocate() {
        arena.allocate()
        workspace.allocate()
    }
}

/// A pass over the rows of a batch, cut into pieces that fit the caches. The cut depends on the shape alone, as sums
/// over pieces do.
struct RowPieces {
    /// Of one sample.
    let pieces: Int
    private let rows: Int

    /// - Parameter rowFloats: what a piece touches in a row.
    init(_ grid: Grid, rowFloats: Int) {
        rows = grid.rows
        // Some 64 KiB: half of the second-level cache at most, with what else is read.
        let most = max(1, 16384 / max(1, rowFloats))
        pieces = (rows + most - 1) / most
    }

    func range(_ piece: Int) -> Range<Int> { rows * piece / pieces..<rows * (piece + 1) / pieces }
}
