import Foundation

/// A generated data set in the layout msd: in each volume an organ with a lesion in it, both ellipsoids, in a textured
/// body. Extents and voxels differ from volume to volume, and every side is odd. The same settings give the same bytes
/// wherever the C library computes the same sines.
public struct SyntheticVolumes: Sendable {
    /// Volumes to draw.
    public var count: Int
    /// Voxels of a side: a volume's are within a quarter of it.
    public var size: Int
    /// 0: strong contrast and little noise; 1: faint and noisy.
    public var difficulty: Double
    public var seed: UInt64

    public init(count: Int, size: Int, difficulty: Double = 0.5, seed: UInt64 = 0) {
        self.count = count
        self.size = size
        self.difficulty = min(1, max(0, difficulty))
        self.seed = seed
    }

    /// Draws into `folder`/imagesTr and `folder`/labelsTr, as .nii.gz, and writes `folder`/dataset.json.
    ///
    /// - Throws: `DatasetError.io`, also where `folder` already holds volumes.
    public func write(to folder: String) throws {
        let files = try DrawnFiles(folder, subfolders: ["imagesTr", "labelsTr"])
        let names = (0..<count).map { DrawnFiles.stem($0, of: count) + ".nii.gz" }
        for (index, name) in names.enumerated() {
            let (image, labels) = draw(index)
            try files.save(try Gzip.packed(image), "imagesTr/" + name)
            try files.save(try Gzip.packed(labels), "labelsTr/" + name)
        }
        let pairs = names.map { "{\"image\": \"./imagesTr/\($0)\", \"label\": \"./labelsTr/\($0)\"}" }
        let description = """
            {
              "name": "Generated",
              "modality": {"0": "made up"},
              "labels": {"0": "background", "1": "organ", "2": "lesion"},
              "numTraining": \(count),
              "training": [
                \(pairs.joined(separator: ",\n    "))
              ]
            }

            """
        try files.save(Array(description.utf8), "dataset.json")
    }

    /// The files of a volume, unpacked.
    func draw(_ index: Int) -> (image: [UInt8], labels: [UInt8]) {
        // Mixed before the index is added: SplitMix64 steps by a constant, so that near seeds would draw from one stream.
        var mixer = SplitMix(seed: seed)
        var random = SplitMix(seed: mixer.next() &+ UInt64(index))
        let extent = (0..<3).map { _ in
            Int((Double(size) * (0.75 + 0.5 * random.uniform()) / 2).rounded(.down)) * 2 + 1
        }
        // Scanners take thicker slices than the pixels in them are wide.
        let spacing = [[1, 1.5, 2.5][Int(random.next() % 3)], 1, 1]
        let scene = SyntheticBody(extent: extent, difficulty: difficulty, random: &random)
        let (values, labels) = scene.voxels(&random)
        let writer = NIfTIWriter(extent: extent, spacing: spacing)
        return (writer.file(values), writer.file(labels))
    }
}
