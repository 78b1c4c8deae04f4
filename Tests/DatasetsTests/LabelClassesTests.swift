import Foundation
import Testing

@testable import Datasets

@Suite struct LabelClassesTests {
    @Test func aSigmoidHasAPlaneForEachClass() {
        let labels: [UInt8] = [0, 1, 2, 4, 3]
        #expect(
            LabelClasses.brats.targets(labels, softmax: false) == [
                0, 1, 1, 1, 0,
                0, 1, 0, 1, 0,
                0, 0, 0, 1, 0,
            ])
        #expect(LabelClasses.mask.targets([0, 1, 1], softmax: false) == [0, 1, 1])
        #expect(LabelClasses.mask.targets([], softmax: true).isEmpty)
    }

    @Test func aSoftmaxHasBackgroundFirstAndAddsUpToOne() throws {
        let classes = try LabelClasses([LabelClass(name: "a", values: [2, 5]), LabelClass(name: "b", values: [1])])
        #expect(!classes.overlap && LabelClasses.brats.overlap)
        let labels: [UInt8] = [0, 1, 2, 5, 7, 255]
        let targets = classes.targets(labels, softmax: true)
        #expect(
            targets == [
                1, 0, 0, 0, 1, 1,
                0, 0, 1, 1, 0, 0,
                0, 1, 0, 0, 0, 0,
            ])
        #expect(classes.values == [0, 1, 2, 5])
    }

    @Test func whatCannotBeClassesIsRefused() throws {
        let lists: [[LabelClass]] = [
            [], [.init(name: "", values: [1])], [.init(name: "a", values: [])], [.init(name: "a", values: [0])],
            [.init(name: "a", values: [2, 1])], [.init(name: "a", values: [1, 1])],
            [.init(name: "a", values: [1]), .init(name: "a", values: [2])],
            [.init(name: "a\nb", values: [1])], [.init(name: String(repeating: "x", count: 101), values: [1])],
            (0..<65).map { .init(name: "\($0)", values: [UInt8($0 + 1)]) },
        ]
        for list in lists {
            #expect(throws: DatasetError.self, "\(list)") { try LabelClasses(list) }
            let json = try JSONEncoder().encode(list)
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(LabelClasses.self, from: json) }
        }
        let back = try JSONDecoder().decode(LabelClasses.self, from: try JSONEncoder().encode(LabelClasses.brats))
        #expect(back == .brats)
    }
}
