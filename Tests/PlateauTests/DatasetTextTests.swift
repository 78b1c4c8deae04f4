import API
import Foundation
import Testing

@testable import plateau

@Suite struct DatasetTextTests {
    private func text(_ part: String, problems: String = "[]", count: Int = 0) throws -> String {
        let json = """
            {"id": "ds_1", "name": "set", "path": "/data/set", "data_hash": "abc", "groups": 3,
             "cases": {"total": 4, "train": 2, "validation": 1, "test": 1},
             "split": {"seed": 0, "train": 0.7, "validation": 0.1, "test": 0.2}, "mean_foreground": 0.052,
             "problems": \(problems), "problem_count": \(count), "created_at": "2026-01-31T12:00:00.000Z", \(part)}
            """
        return DatasetText(try JSONCoding.decoder().decode(DatasetBody.self, from: Data(json.utf8))).text
    }

    @Test func imagesAreToldAsBefore() throws {
        let text = try text(
            """
            "layout": "image-mask", "dimensions": 2, "channels": 3, "smallest": [332, 352], "largest": [1072, 1920],
            "spacing": null, "classes": [{"name": "foreground", "values": [1]}]
            """)
        #expect(
            text == """
                set (ds_1)
                  4 images in 3 groups: 2 train pool, 1 validation, 1 test
                  332×352 to 1072×1920 pixels, 3 channels, foreground 5 %
                  /data/set
                  data hash abc
                """)
    }

    @Test func volumesAreToldWithTheirVoxelsAndClasses() throws {
        let problem = #"{"file": "imagesTr/a.nii.gz", "reason": "truncated", "detail": "is cut\noff"}"#
        let text = try text(
            """
            "layout": "brats", "dimensions": 3, "channels": 4, "smallest": [155, 240, 240], "largest": [155, 240, 240],
            "spacing": {"smallest": [1, 0.73437, 0.5], "largest": [5, 0.73437, 0.5]},
            "classes": [{"name": "WT", "values": [1, 2, 4]}, {"name": "ET", "values": [4]}]
            """, problems: "[\(Array(repeating: problem, count: 22).joined(separator: ", "))]", count: 22)
        #expect(text.contains("4 volumes in 3 groups"))
        #expect(text.contains("155×240×240 to 155×240×240 voxels, 4 channels"))
        #expect(text.contains("voxels of 1.0×0.734×0.5 to 5.0×0.734×0.5 mm (z×y×x)"))
        #expect(text.contains("classes with their labels: WT (1, 2, 4), ET (4)"))
        #expect(text.contains("22 problems, whose files were left out:"))
        #expect(text.components(separatedBy: "imagesTr/a.nii.gz: is cut").count == 21)
        #expect(text.hasSuffix("… and 2 more; --json has them"))
        // A name from a file cannot draw over the terminal.
        #expect(!text.contains("is cut\noff"))
    }
}
