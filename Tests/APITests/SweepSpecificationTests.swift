import Testing

@testable import API

@Suite struct SweepSpecificationTests {
    private func request(_ fields: [String: JSONValue]) throws -> SweepRequest? {
        let violations = FieldReader.Violations()
        let reader = FieldReader(fields, violations: violations)
        let request = SweepRequest(reader)
        reader.rejectUnknown()
        try violations.throwIfAny()
        return request
    }

    private func specification(_ fields: [String: JSONValue], pool: Int = 100) throws -> SweepSpecification {
        try SweepSpecification(
            try #require(try request(fields)),
            dataset: DatasetTraits(
                name: "set", dimensions: 2, channels: 3,
                classes: [DatasetBody.LabelClass(name: "foreground", values: [1])],
                pool: pool,
                medianExtent: [], medianSpacing: []))
    }

    private let base: [String: JSONValue] = ["dataset": .string("set"), "depths": .array([.integer(3), .integer(2)])]

    @Test func everySizeGetsTheSameStepsByDefault() throws {
        let specification = try specification(
            base.merging(["sizes": .array([.integer(80), .integer(10)]), "seeds": .array([.integer(1), .integer(0)])]) {
                $1
            })
        #expect(specification.sizes == [10, 80] && specification.depths == [2, 3] && specification.seeds == [0, 1])
        #expect(specification.fractions == [0.1, 0.8])
        #expect(specification.cells.count == 8)
        #expect(specification.cells.allSatisfy { $0.stepsPerEpoch == 10 })
    }

    @Test func equalEpochsGiveEachSizeItsOwnSteps() throws {
        let recipe: JSONValue = .object(["budget": .string("epochs"), "batch_size": .integer(4)])
        let specification = try specification(
            base.merging(["sizes": .array([.integer(80), .integer(10)]), "training": recipe]) { $1 })
        #expect(specification.training.stepsPerEpoch == nil)
        #expect(Set(specification.cells.map { [$0.size, $0.stepsPerEpoch] }) == [[10, 3], [80, 20]])
    }

    @Test func fractionsAreOfThePool() throws {
        let specification = try specification(
            base.merging(["fractions": .array([.number(0.5), .integer(1)])]) { $1 }, pool: 9)
        #expect(specification.sizes == [5, 9])
        #expect(throws: Problem.self) {
            try self.specification(base.merging(["fractions": .array([.number(0.5), .number(0.51)])]) { $1 }, pool: 9)
        }
    }

    @Test(arguments: [
        ["sizes": JSONValue.array([.integer(101)])],
        ["sizes": .array([.integer(1), .integer(1)])],
        ["sizes": .array([.number(1.5)])],
        ["sizes": .array([.integer(1)]), "fractions": .array([.integer(1)])],
        [:],
        [
            "sizes": .array([.integer(1)]),
            "training": .object(["steps_per_epoch": .integer(5), "budget": .string("epochs")]),
        ],
        [
            "sizes": .array([.integer(1)]),
            "training": .object(["image_size": .array([.integer(1024), .integer(1024)]), "batch_size": .integer(5)]),
        ],
        ["sizes": .array([.integer(1)]), "training": .object(["image_size": .array([.integer(7), .integer(64)])])],
        ["sizes": .array([.integer(1)]), "training": .object(["learning_rate": .string("fast")])],
        ["sizes": .array([.integer(1)]), "training": .integer(3)],
        ["sizes": .array([.integer(1)]), "seeds": .array([.integer(-1)])],
        ["sizes": .array((1...64).map { .integer($0) }), "seeds": .array((0...31).map { .integer($0) })],
    ])
    func whatBreaksABoundIsRefused(_ fields: [String: JSONValue]) throws {
        let error = #expect(throws: Problem.self) { try specification(base.merging(fields) { $1 }) }
        #expect(error?.kind == .invalidRequest && error?.errors.isEmpty == false)
    }

    @Test func everyViolationIsNamedAtOnce() throws {
        let fields: [String: JSONValue] = [
            "dataset": .integer(1), "sizes": .array([.integer(0)]), "depths": .array([.integer(9)]), "x": .null,
        ]
        let error = #expect(throws: Problem.self) { try request(fields) }
        #expect(Set(error?.errors.map(\.pointer) ?? []) == ["/dataset", "/sizes/0", "/depths/0", "/x"])
    }
}
