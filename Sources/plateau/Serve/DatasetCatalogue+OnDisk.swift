import API
import Datasets
import Foundation
import NeuralNets

extension DatasetCatalogue {
    /// Data sets as the `Datasets` target reads them.
    ///
    /// - Parameter roots: see `ServerOptions.dataRoots`.
    static func onDisk(roots: [String]) throws -> DatasetCatalogue {
        let roots = try DataRoots(roots)
        // Scans decode every file: one at a time, each on all cores.
        let pool = ComputePool(name: "plateau-scan", width: 1)
        return DatasetCatalogue(
            find: { candidate in
                do {
                    return try await pool.run { try find(candidate, roots) }
                } catch let error as DatasetError {
                    throw refusal(error)
                }
            },
            subset: { pool, size, seed in
                let subset = NestedSubset(pool: pool, size: size, seed: UInt64(seed))
                return Subset(cases: subset.cases, hash: subset.hash)
            },
            parameterCount: { network in
                UNetConfiguration(
                    dimensions: network.dimensions, inChannels: network.inChannels, outChannels: network.outChannels,
                    layers: network.depth,
                    normalization: network.normalization == .batch ? .batch : .instance
                ).parameterCount
            })
    }

    private static func find(_ candidate: Candidate, _ roots: DataRoots) throws -> Finding {
        guard !roots.isEmpty || candidate.asOperator else {
            throw DatasetError.pathNotAllowed(
                "this server has no data roots, so only its admin token may register folders. "
                    + "Ask the operator to start it with --data-root.")
        }
        let root = try roots.resolve(candidate.path)
        guard let layout = DatasetLayout(rawValue: candidate.layout) else {
            throw DatasetError.wrongLayout("the layout \(candidate.layout) is not known")
        }
        let scan = try DatasetScanner(threads: ProcessInfo.processInfo.activeProcessorCount).scan(
            root: root, layout: layout)
        let problems = scan.problems.map {
            DatasetBody.FileProblem(file: $0.file, reason: $0.reason.rawValue, detail: $0.detail)
        }
        guard problems.isEmpty || candidate.excludeBad else { throw Refusal.badFiles(problems) }
        let manifest = scan.manifest
        guard !manifest.cases.isEmpty else { throw Refusal.badFiles(problems) }
        let asked = candidate.split
        let split = try DatasetSplit(
            cases: manifest.cases,
            fractions: .init(train: asked.train, validation: asked.validation, test: asked.test), seed: asked.seed)
        let bySize = manifest.cases.sorted { $0.size < $1.size }
        return Finding(
            canonicalPath: root, dimensions: manifest.dimensions, channels: manifest.channels,
            classes: manifest.classes.map { .init(name: $0.name, values: $0.values.map(Int.init)) },
            dataHash: manifest.dataHash,
            manifestJSON: String(decoding: try JSONEncoder().encode(manifest), as: UTF8.self),
            split: StoredSplit(
                fractions: asked, train: split.train, validation: split.validation, test: split.test),
            groups: Set(manifest.cases.map(\.group)).count,
            smallest: bySize.first?.extent ?? [],
            largest: bySize.last?.extent ?? [],
            median: (0..<manifest.dimensions).map { axis in manifest.cases.map { $0.extent[axis] }.upperMedian ?? 1 },
            spacing: spacing(manifest),
            meanForeground: manifest.cases.reduce(0) { $0 + $1.foreground } / Double(manifest.cases.count),
            problems: problems)
    }

    /// Nil in 2D.
    private static func spacing(_ manifest: DatasetManifest) -> DatasetBody.Spacing? {
        guard manifest.dimensions == 3 else { return nil }
        let edges = (0..<3).map { axis in manifest.cases.map { $0.spacing[axis] } }
        return .init(
            smallest: edges.map { $0.min() ?? 0 }, largest: edges.map { $0.max() ?? 0 },
            median: edges.map { $0.upperMedian ?? 1 })
    }

    private static func refusal(_ error: DatasetError) -> any Error {
        switch error {
        case .pathNotAllowed(let detail): Refusal.pathNotAllowed(detail)
        case .wrongLayout(let detail): Refusal.wrongLayout(detail)
        case .unusableSplit(let detail): Refusal.unusableSplit(detail)
        default: error
        }
    }
}
