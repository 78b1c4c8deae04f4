import API
import Testing

@testable import plateau

@Suite struct PlanTextTests {
    @Test func tellsWhatWasNotRunAndWhy() throws {
        let plan = try Samples.decode(
            PlanBody.self,
            """
            {"state": "ended", "reason": "precise", "query": {"target_dsc": null, "delta": 0.01, "confidence": 0.9},
             "precision": 0.3, "max_steps": 800, "steps_used": 600, "steps_of_all": 2400, "dropped_depths": [5],
             "not_run": [{"size": 20, "depth": 4, "seeds": [1], "reason": "precise"},
                         {"size": 50, "depth": 4, "seeds": [0, 1], "reason": "precise"},
                         {"size": 20, "depth": 5, "seeds": [0, 1], "reason": "dropped"}]}
            """)
        #expect(
            PlanText.text(plan) == """
                600 of at most 800 optimizer steps, 25 % of those of all runs; no more, as the interval is as narrow as was wanted
                not run, depth 4: sizes 20 (seed 1), 50
                not run, depth 5, which another does better than: sizes 20
                """)
    }

    @Test(arguments: ["precise", "budget", "exhausted", "quota"]) func everyEndHasItsWords(_ end: String) {
        #expect(PlanBody.words(end) != PlanBody.words("cancelled"))
    }
}
