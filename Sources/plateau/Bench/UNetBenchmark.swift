import Foundation

/// What came out of measuring a workload.
struct UNetBenchmark: Encodable {
    var itemsPerSecond: Double
    /// Median.
    var stepMs: Double
    /// Of the median step.
    var gflops: Double
    var peakRssMb: Double?

    init(workload: UNetWorkload, warmUpSeconds: Double, seconds: Double) throws {
        _ = try StepTimes(seconds: warmUpSeconds, step: workload.step)
        let times = try StepTimes(seconds: seconds, step: workload.step)
        itemsPerSecond = Double(workload.batch * times.each.count) / times.total
        stepMs = 1000 * times.median
        gflops = Double(workload.batch) * workload.arithmetic.trainingOperations / times.median / 1e9
        peakRssMb = PeakMemory.residentMegabytes
    }

    /// One line for people.
    var text: String {
        let memory = peakRssMb.map { String(format: ", %.0f MB at most", $0) } ?? ""
        return String(format: "%.1f images/s, %.1f ms a step, %.0f GFLOP/s", itemsPerSecond, stepMs, gflops) + memory
    }
}
