import API
import Testing

@testable import plateau

/// The words of an estimate say what its status says.
@Suite struct EstimateTextTests {
    private let size = #"{"value": 320, "low": 280, "high": 400, "fraction": 0.65, "extrapolated": false}"#

    private func target(_ status: String, _ size: String) -> String {
        #"{"target_dsc": 0.7, "status": "\#(status)", "size": \#(size)}"#
    }

    @Test func aPlateauThatIsReachedIsANumber() throws {
        let text = EstimateText.text(try Samples.estimate(status: "reached", nPlateau: size, nTarget: "null"))
        #expect(text.hasPrefix("Beyond 320 images (280 to 400; 65 % of all) more gain less than 0.01 DSC (depth 4).\n"))
        #expect(text.contains("approaches 0.800 (0.750 to 0.850)"))
        #expect(text.contains("\n\nRun more sizes.\n\nAssumptions:\n  - Noise is pooled."))
        #expect(!text.contains("not reached") && !text.contains("A DSC of"))
    }

    @Test func aPlateauThatIsNotReachedIsNoNumber() throws {
        let text = EstimateText.text(try Samples.estimate(status: "not_reached", nPlateau: "null", nTarget: "null"))
        #expect(text.hasPrefix("The plateau is not reached: no number of images can be given yet"))
    }

    @Test func tooLittleDataIsSaidOfPlateauAndTarget() throws {
        let text = EstimateText.text(
            try Samples.estimate(
                status: "insufficient_data", nPlateau: "null", nTarget: target("insufficient_data", "null")))
        #expect(text.hasPrefix("There is not enough data yet to say how many images are needed.\n"))
        #expect(text.contains("There is not enough data yet to say how many a DSC of 0.700 needs."))
        #expect(!text.contains("reached") && !text.contains("approaches"))
    }

    @Test func aTargetIsReachedExpectedOrOpen() throws {
        let reached = EstimateText.text(
            try Samples.estimate(status: "reached", nPlateau: "null", nTarget: target("reached", size)))
        #expect(reached.contains("A DSC of 0.700 needs 320 images (280 to 400; 65 % of all)."))
        let far = #"{"value": 9000, "low": 900, "high": null, "median": 2000, "fraction": null, "extrapolated": true}"#
        let expected = EstimateText.text(
            try Samples.estimate(status: "not_reached", nPlateau: "null", nTarget: target("not_reached", far)))
        #expect(
            expected.contains(
                "A DSC of 0.700 is not reached with the images measured; it may need 2000 (900 or more). This is extrapolated"
            ))
        let open = EstimateText.text(
            try Samples.estimate(status: "not_reached", nPlateau: "null", nTarget: target("not_reached", "null")))
        #expect(
            open.contains("A DSC of 0.700 is not reached with the images measured, and no number can be given for it."))
    }

    @Test func theEvidenceIsATableOfMeansBySizeAndDepth() throws {
        let evidence = [(100, 3, 0.4), (100, 4, 0.5), (100, 4, 0.6), (200, 4, 0.7)].map { n, depth, dsc in
            #"{"run_id": "r", "n": \#(n), "depth": \#(depth), "seed": 0, "dsc": \#(dsc), "standard_error": null, "forecast": false}"#
        }
        let text = EstimateText.text(
            try Samples.estimate(
                status: "not_reached", nPlateau: "null", nTarget: "null",
                evidence: "[\(evidence.joined(separator: ","))]"))
        #expect(
            text.contains(
                """
                Test DSC by number of training images:
                images  depth 3  depth 4
                   100    0.400    0.550
                   200        –    0.700
                """))
    }

    @Test func meansWithForecastsAreMarked() throws {
        let evidence = [(0.5, false), (0.6, true)].map { dsc, isForecast in
            #"{"run_id": "r", "n": 100, "depth": 4, "seed": 0, "dsc": \#(dsc), "standard_error": null, "forecast": \#(isForecast)}"#
        }
        let text = EstimateText.text(
            try Samples.estimate(
                status: "not_reached", nPlateau: "null", nTarget: "null",
                evidence: "[\(evidence.joined(separator: ","))]"))
        #expect(text.contains("(~: with forecasts, of runs") && text.contains("~0.550"))
    }
}
