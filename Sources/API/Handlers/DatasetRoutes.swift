import Foundation
import HTTP
import HTTPTypes
import Logging
import Storage

extension PlateauAPI {
    var datasetRoutes: [Route] {
        [
            Route(.post, "/v1/datasets", .needs(.submitter), registerDataset),
            Route(.get, "/v1/datasets", .needs(.reader), readsQuery: true, listDatasets),
            Route(.get, "/v1/datasets/{id}", .needs(.reader)) { call in
                return try .json(try self.datasetBody(try await self.store.dataset(call.parameter("id"))))
            },
        ]
    }

    private struct Registration: Sendable {
        var name: String
        var candidate: DatasetCatalogue.Candidate
    }

    @Sendable private func registerDataset(_ call: Call) async throws -> HTTPServerResponse {
        let isOperator = call.principal?.role == .admin
        let registration = try await call.body { try Self.registration($0, asOperator: isOperator) }
        guard let registration else { throw Problem(.invalidRequest, "The request is not complete.") }
        let finding = try await catalogue.find(registration.candidate)
        let facts = DatasetFacts(finding)
        let encoder = JSONEncoder()
        let record = try await store.insert(
            NewDataset(
                name: registration.name, path: finding.canonicalPath, layout: registration.candidate.layout,
                dimensions: finding.dimensions, channels: finding.channels, dataHash: finding.dataHash,
                factsJSON: String(decoding: try encoder.encode(facts), as: UTF8.self),
                splitJSON: String(decoding: try encoder.encode(finding.split), as: UTF8.self),
                manifestJSON: finding.manifestJSON))
        logger.info("data set registered", metadata: ["dataset": "\(record.id)", "cases": "\(facts.cases.total)"])
        return try .json(
            try datasetBody(record), status: .created, headers: [.location: "/v1/datasets/\(record.id)"])
    }

    private static func registration(_ fields: FieldReader, asOperator: Bool) throws -> Registration? {
        fields.require("name", "path")
        let name = fields.string("name", length: 1...64)
        let path = fields.string("path", length: 1...4096)
        let layout = fields.choice("layout", of: Layout.self) ?? .imageMask
        let excludeBad = fields.boolean("exclude_bad") ?? false
        let nested = fields.object("split")
        let split = DatasetBody.Split(
            seed: UInt64(nested.integer("seed", in: 0...(1 << 53) - 1) ?? 0),
            train: nested.number("train", in: 0.01...0.98) ?? 0.7,
            validation: nested.number("validation", in: 0.01...0.98) ?? 0.1,
            test: nested.number("test", in: 0.01...0.98) ?? 0.2)
        nested.rejectUnknown()
        if abs(split.train + split.validation + split.test - 1) > 1e-6 {
            fields.reject("split", "train, validation and test must sum to 1 (defaults 0.7, 0.1, 0.2)")
        }
        if let name, name.wholeMatch(of: /[a-z0-9][a-z0-9._-]*/) == nil {
            fields.reject(
                "name", "must be lower-case letters, digits, '.', '_' or '-', beginning with a letter or digit")
        }
        guard let name, let path else { return nil }
        return Registration(
            name: name,
            candidate: .init(
                path: path, layout: layout.rawValue, split: split, excludeBad: excludeBad, asOperator: asOperator))
    }

    private enum Layout: String, CaseIterable {
        case imageMask = "image-mask"
        case msd, nnunet, brats
    }

    @Sendable private func listDatasets(_ call: Call) async throws -> HTTPServerResponse {
        let page = try PageRequest(QueryReader(call.request.query)) { _ in }
        let slice = try await store.datasets(after: page.cursor, limit: page.limit)
        return try .json(Page(items: try slice.items.map(datasetBody), nextCursor: slice.nextCursor))
    }

    private func datasetBody(_ record: DatasetRecord) throws -> DatasetBody {
        let facts = try JSONDecoder().decode(DatasetFacts.self, from: Data(record.factsJSON.utf8))
        return DatasetBody(
            id: record.id, name: record.name, path: record.path, layout: record.layout,
            dimensions: record.dimensions, channels: record.channels, classes: facts.classes ?? [.mask],
            dataHash: record.dataHash, cases: facts.cases, groups: facts.groups, split: facts.split,
            smallest: facts.smallest, largest: facts.largest, median: facts.median, spacing: facts.spacing,
            meanForeground: facts.meanForeground, problems: facts.problems, problemCount: facts.problemCount,
            createdAt: record.createdAt)
    }
}
