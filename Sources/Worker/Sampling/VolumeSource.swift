import NeuralNets

/// Boxes out of volumes: anywhere within, or around a voxel of some class.
struct VolumeSource: SampleSource {
    let volumes: Volumes
    /// Share of the boxes that are centred on a foreground voxel, as far as that leaves them within the volume.
    let foregroundShare: Double

    var channels: Int { volumes.channels }

    func sample(of id: String, size: [Int], scale: Double, generator: inout CounterGenerator) throws -> Sample {
        let size = Zoom.sourceSize(of: size, scale: scale)
        let extent = try volumes.extent(id)
        let isCentred = generator.uniform() < foregroundShare
        let places = (0..<3).map { _ in generator.uniform() }
        let centre = isCentred ? try foregroundVoxel(of: id, &generator) : nil
        let origin = (0..<3).map { axis in
            let room = extent[axis] - size[axis]
            // A volume smaller than the box lies in its middle.
            guard room > 0 else { return -(-room / 2) }
            guard let centre else { return min(room, Int(places[axis] * Double(room + 1))) }
            return min(max(centre[axis] - size[axis] / 2, 0), room)
        }
        let (image, labels) = try volumes.patch(id, origin, size)
        return Sample(image: image, labels: labels, size: size)
    }

    /// A random voxel of a random class among those that the case has; nil where it has none.
    private func foregroundVoxel(of id: String, _ generator: inout CounterGenerator) throws -> [Int]? {
        let present = try (0..<volumes.classCount).map { try volumes.foreground(id, $0) }.filter { !$0.isEmpty }
        guard !present.isEmpty else { return nil }
        let voxels = present[generator.index(below: present.count)]
        return Self.element(of: voxels, at: generator.index(below: voxels.count))
    }

    private static func element(of voxels: some RandomAccessCollection<[Int]>, at offset: Int) -> [Int] {
        voxels[voxels.index(voxels.startIndex, offsetBy: offset)]
    }
}
