import Foundation
import Storage

/// What of a data set a sweep over it depends on.
struct DatasetTraits: Sendable {
    var name: String
    /// 2 or 3.
    var dimensions: Int
    /// Of an image or volume.
    var channels: Int
    var classes: [DatasetBody.LabelClass]
    /// Cases in the train pool.
    var pool: Int
    /// Of the volumes, along D, H, W: voxels as they are stored. Empty in 2D.
    var medianExtent: [Int]
    /// Of the voxels as they are stored, along the same axes, in mm. Empty in 2D.
    var medianSpacing: [Double]

    /// A value belongs to several classes, so that no one class is right where it lies.
    var classesOverlap: Bool {
        let values = classes.flatMap(\.values)
        return Set(values).count < values.count
    }
}

extension DatasetTraits {
    init(_ dataset: DatasetRecord, pool: Int) throws {
        let facts = try JSONDecoder().decode(DatasetFacts.self, from: Data(dataset.factsJSON.utf8))
        let isVolume = dataset.dimensions == 3
        self.init(
            name: dataset.name, dimensions: dataset.dimensions, channels: dataset.channels,
            classes: facts.classes ?? [.mask], pool: pool,
            medianExtent: isVolume ? facts.median ?? facts.largest : [],
            medianSpacing: isVolume ? facts.spacing?.median ?? facts.spacing?.smallest ?? [1, 1, 1] : [])
    }
}
