import Testing

@testable import Worker

@Suite struct BatchScheduleTests {
    @Test(arguments: [(7, 3), (8, 4), (5, 5), (2, 5), (1, 1)])
    func everyPassSeesEachCaseOnce(cases: Int, batchSize: Int) {
        var schedule = BatchSchedule(cases: cases, batchSize: batchSize, seed: 3)
        let passes = 6
        let seen = (0..<passes * cases).flatMap { schedule.batch(step: $0) }
        for pass in 0..<passes {
            #expect(seen[pass * cases..<(pass + 1) * cases].sorted() == Array(0..<cases))
        }
    }

    @Test func everyBatchIsFull() {
        var schedule = BatchSchedule(cases: 2, batchSize: 5, seed: 3)
        #expect((0..<4).map { schedule.batch(step: $0).count } == [5, 5, 5, 5])
    }

    @Test func aStepDependsOnItsNumberAlone() {
        var forward = BatchSchedule(cases: 7, batchSize: 3, seed: 3)
        let batches = (0..<30).map { forward.batch(step: $0) }
        for step in batches.indices {
            var resumed = BatchSchedule(cases: 7, batchSize: 3, seed: 3)
            #expect(resumed.batch(step: step) == batches[step])
        }
        // Backwards, too: what was asked before leaves no trace.
        #expect((0..<30).reversed().map { forward.batch(step: $0) } == batches.reversed())
    }

    @Test func orderDiffersBetweenPassesAndSeeds() {
        var schedule = BatchSchedule(cases: 20, batchSize: 20, seed: 3)
        var other = BatchSchedule(cases: 20, batchSize: 20, seed: 4)
        let orders = [schedule.batch(step: 0), schedule.batch(step: 1), other.batch(step: 0), other.batch(step: 1)]
        #expect(Set(orders).count == 4)
        #expect(!orders.contains(Array(0..<20)))
    }
}
