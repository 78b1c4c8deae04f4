import Foundation
import LearningCurves

/// LCDB 1.1, the learning-curve database (Yan et al. 2025): `meta.json` with the names of the learners and the anchors,
/// which are training-set sizes, `names.json` with those of the data sets, and `er/ID.json` with the error rates of one data
/// set by learner, {mean, standard error}, anchor, {train, validation, test}.
struct LCDBFolder {
    private struct Meta: Decodable {
        var learners: [String]
        var anchors: [Int]
    }

    private static let maximumBytes = 64 << 20

    private let folder: URL
    private let meta: Meta
    private let names: [String: String]
    private let files: [String]

    /// - throws: `CommandFailure` naming the file that cannot be read.
    init(at folder: URL) throws {
        self.folder = folder
        meta = try Self.read(Meta.self, folder.appending(path: "meta.json"))
        let namesFile = folder.appending(path: "names.json")
        let hasNames = FileManager.default.fileExists(atPath: namesFile.path)
        names = hasNames ? try Self.read([String: String].self, namesFile) : [:]
        let rates = folder.appending(path: "er").path
        files = ((try? FileManager.default.contentsOfDirectory(atPath: rates)) ?? []).filter { $0.hasSuffix(".json") }
            .sorted()
        guard !files.isEmpty else {
            throw CommandFailure(code: ExitStatus.failed, message: "\(rates) has no file that ends in .json")
        }
    }

    /// A study for each data set and learner, of its test accuracy, with the data set as its task.
    func studies() throws -> (studies: [SizeStudy], problems: [String]) {
        var studies: [SizeStudy] = []
        var problems: [String] = []
        for file in files {
            let rates = try Self.read([[[[Double?]]]].self, folder.appending(path: "er").appending(path: file))
            guard rates.count == meta.learners.count else {
                problems.append("er/\(file): has \(rates.count) learners, meta.json \(meta.learners.count)")
                continue
            }
            let id = String(file.dropLast(5))
            let task = names[id].map { "\(id) \($0)" } ?? id
            var failures: [String] = []
            for (learner, statistics) in zip(meta.learners, rates) {
                do {
                    studies.append(
                        try SizeStudy(
                            name: "\(task), \(learner)", task: task, observations: try observations(statistics)))
                } catch { failures.append("\(learner): \(error)") }
            }
            if let first = failures.first {
                problems.append("er/\(file): \(failures.count) of \(rates.count) learners, the first \(first)")
            }
        }
        return (studies, problems)
    }

    private func observations(_ statistics: [[[Double?]]]) throws -> [SizeObservation] {
        let test = 2
        guard statistics.count == 2, statistics.allSatisfy({ $0.count == meta.anchors.count }),
            statistics.joined().allSatisfy({ $0.count > test })
        else { throw CommandFailure(code: ExitStatus.failed, message: "has other dimensions than meta.json") }
        return meta.anchors.indices.compactMap { index in
            guard let rate = statistics[0][index][test] else { return nil }
            return SizeObservation(
                n: meta.anchors[index], dsc: 1 - rate, standardError: statistics[1][index][test])
        }
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ url: URL) throws -> Value {
        func failure(_ problem: String) -> CommandFailure {
            CommandFailure(code: ExitStatus.failed, message: "\(url.path): \(problem)")
        }
        guard let bytes = FileManager.default.contents(atPath: url.path) else { throw failure("cannot be read") }
        guard bytes.count <= maximumBytes else {
            throw failure("has \(bytes.count) bytes; a file of error rates may have \(maximumBytes)")
        }
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch { throw failure("is not what LCDB 1.1 has there: \(error)") }
    }
}
