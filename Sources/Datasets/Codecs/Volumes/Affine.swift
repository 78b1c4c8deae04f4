/// Where voxels lie in the scanner: millimetres = rows · (x, y, z, 1), in the file's order of axes.
struct Affine: Hashable {
    /// Three rows of four.
    var rows: [[Double]]

    init(rows: [[Double]]) {
        precondition(rows.count == 3 && rows.allSatisfy { $0.count == 4 })
        self.rows = rows
    }

    /// Along the axes, from the origin.
    init(spacing: [Double]) {
        rows = (0..<3).map { row in (0..<4).map { $0 == row ? spacing[row] : 0 } }
    }

    /// A rotation as a unit quaternion (its real part is left to be found), as NIfTI-1's qform has it.
    ///
    /// - Parameter handedness: −1 turns the third axis round.
    init(quaternion: (b: Double, c: Double, d: Double), offset: [Double], spacing: [Double], handedness: Double) {
        // Rounding may make the three longer than 1, which is then a half turn (nifti1_io.c, nifti_quatern_to_mat44).
        let length = (quaternion.b * quaternion.b + quaternion.c * quaternion.c + quaternion.d * quaternion.d)
            .squareRoot()
        let shrink = length > 1 ? 1 / length : 1
        let (b, c, d) = (quaternion.b * shrink, quaternion.c * shrink, quaternion.d * shrink)
        let a = length > 1 ? 0 : (1 - length * length).squareRoot()
        let rotation = [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
        let scale = [spacing[0], spacing[1], spacing[2] * handedness]
        rows = (0..<3).map { row in (0..<3).map { rotation[row][$0] * scale[$0] } + [offset[row]] }
    }

    /// Length of a voxel's edges along x, y, z in millimetres; nil where they are no lengths.
    var spacing: [Double]? {
        let lengths = (0..<3).map { axis in
            rows.reduce(0) { $0 + $1[axis] * $1[axis] }.squareRoot()
        }
        return rows.joined().allSatisfy(\.isFinite) && lengths.allSatisfy { $0 > 0 && $0.isFinite } ? lengths : nil
    }

    func scaled(by factor: Double) -> Affine { Affine(rows: rows.map { $0.map { $0 * factor } }) }

    /// The largest distance in millimetres between the places that two files give the same corner.
    ///
    /// - Parameter extent: voxels along x, y, z.
    func distance(from other: Affine, extent: [Int]) -> Double {
        (0..<8).map { corner in
            let place = (0..<3).map { corner >> $0 & 1 == 1 ? Double(extent[$0] - 1) : 0 } + [1]
            return (0..<3).reduce(0) { sum, row in
                let gap = (0..<4).reduce(0) { $0 + (rows[row][$1] - other.rows[row][$1]) * place[$1] }
                return sum + gap * gap
            }.squareRoot()
        }.max() ?? 0
    }
}
