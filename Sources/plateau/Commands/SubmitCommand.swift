import API
import ArgumentParser
import Foundation
import HTTPTypes

/// `plateau submit`
struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Submit a sweep: sizes × depths × seeds, trained one by one.",
        discussion: """
            Examples:
              plateau submit kvasir --sizes 35,70,140,280,490 --depths 3,4,5 --image-size 64x64 --epochs 20
              plateau submit kvasir --fractions 0.1,0.3,1 --depths 4 --seeds 0,1,2 --watch
              plateau submit hippocampus --fractions 0.2,0.5,1 --depths 4 --patch-size 40x56x40 --augmentation standard
              plateau submit kvasir --sizes 35,70,140,280 --depths 4 --strategy early_stop --tolerance 0.05
              plateau submit kvasir --sizes 20,50,120,300,490 --depths 3,4,5 --seeds 0,1 --strategy adaptive --target-dsc 0.5 --watch
              plateau submit --file sweep.json
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The data set's name or id.") var dataset: String?
    @Option(help: "Numbers of training images, comma-separated.") var sizes: IntegerList?
    @Option(help: "Shares of the train pool instead, comma-separated.") var fractions: NumberList?
    @Option(help: "Levels of the network, comma-separated.") var depths: IntegerList?
    @Option(help: "Seeds, comma-separated. (default: 0)") var seeds: IntegerList?
    @Option(help: "Height and width, such as 64x96, or one number for both; for images. (default: 64x64)")
    var imageSize: ImageSize?
    @Option(help: "Depth, height and width in voxels, such as 64x64x64; for volumes. (default: by the median volume)")
    var patchSize: PatchExtent?
    @Option(help: "Edges z,y,x in mm of the voxels to resample volumes to. (default: as they are stored)")
    var spacing: NumberList?
    @Option(help: "Share of the patches that are centred on foreground; for volumes. (default: 0.33)")
    var foregroundOversampling: Double?
    @Option(
        help:
            "What the network says: 'sigmoid', each class on its own, or 'softmax', one of them. (default: by the classes)"
    )
    var output: String?
    @Option(
        help:
            "How images are varied: 'none', 'gentle', 'standard', or JSON such as '{\"flip\":true}'. (default: none; gentle for volumes)"
    )
    var augmentation: AugmentationArgument?
    @Option(help: "Images per optimizer step. (default: 8)") var batchSize: Int?
    @Option(help: "Points of each learning curve. (default: 20)") var epochs: Int?
    @Option(help: "Optimizer steps per epoch. (default: one pass over the largest size; for volumes at least 100)")
    var stepsPerEpoch: Int?
    @Option(help: "'steps': equal optimizer steps for every size; 'epochs': equal passes. (default: steps)") var budget:
        String?
    @Option(help: "Of the optimizer at the start. (default: 0.001)") var learningRate: Double?
    @Option(help: "'cosine' or 'constant'. (default: cosine)") var schedule: String?
    @Option(help: "'batch' or 'instance'. (default: batch)") var normalization: String?
    @Option(
        help: "'fp32', or 'bf16' where the workers' processors have it: faster, a little less exact. (default: fp32)")
    var precision: String?
    @Option(
        parsing: .unconditional,
        help: "From -100 to 100: runs of a higher priority are trained first, whoever submits them. (default: 0)")
    var priority: Int?
    @Option(help: "Attempts in a row, without a new epoch, after which a run has failed: 1 to 20. (default: 5)")
    var maxFailures: Int?
    @Option(help: "Seconds before a failed run's next attempt, doubled for each further one: 0 to 3600. (default: 5)")
    var backoffSeconds: Double?
    @Option(help: "When the sweep is cancelled, finished or not: a time such as 2030-01-31T18:00:00Z. (default: never)")
    var deadline: DeadlineArgument?
    @Option(help: "CPU-hours after which it is cancelled, counted by the threads of the workers. (default: any)")
    var cpuHours: Double?
    @Option(
        help:
            "'full': every epoch of every run; 'early_stop': each run until its forecast is certain; 'adaptive': only the runs that tell the most. (default: full)"
    )
    var strategy: String?
    @Option(
        help:
            "For early_stop and adaptive: a run ends once the 90 % interval of its forecast is narrower, 0.001 to 0.5. (default: 0.03 for early_stop, none for adaptive)"
    )
    var tolerance: Double?
    @Option(help: "For adaptive: find out how many images reach this DSC. (default: how many for a plateau)")
    var targetDsc: Double?
    @Option(help: "For adaptive: a gain below this counts as none. (default: 0.01)") var delta: Double?
    @Option(help: "For adaptive: of the interval that is narrowed. (default: 0.9)") var confidence: Double?
    @Option(help: "For adaptive: how wide that may be at last, as a share of the number. (default: 0.3)")
    var estimatePrecision: Double?
    @Option(help: "For adaptive: optimizer steps of all runs together. (default: a quarter of the full sweep's)")
    var maxSteps: Int?
    @Option(help: "A name to show.") var name: String?
    @Option(help: "Sent again with the same key, the submission is the same sweep, not another.") var idempotencyKey:
        String?
    @Option(help: "Take the whole request from a JSON file; '-' is standard input.") var file: String?
    @Flag(help: "Follow it to its end.") var watch = false
    @Flag(help: "Print the server's JSON; with --watch, the sweep again whenever it has changed.") var json = false

    func validate() throws {
        guard (dataset == nil) == (file != nil) else {
            throw ValidationError("give either a data set with --sizes and --depths, or --file")
        }
        if file != nil {
            let given = fields().merging(training()) { $1 }.keys.sorted()
            guard given.isEmpty else {
                throw ValidationError("--file holds the whole request; put \(given.joined(separator: ", ")) into it")
            }
            return
        }
        guard (sizes == nil) != (fractions == nil) else { throw ValidationError("give either --sizes or --fractions") }
        guard depths != nil else { throw ValidationError("give --depths, such as --depths 3,4,5") }
        // JSON has no other numbers.
        for (name, value) in [
            ("--learning-rate", learningRate), ("--foreground-oversampling", foregroundOversampling),
            ("--backoff-seconds", backoffSeconds), ("--cpu-hours", cpuHours), ("--tolerance", tolerance),
            ("--target-dsc", targetDsc), ("--delta", delta), ("--confidence", confidence),
            ("--estimate-precision", estimatePrecision),
        ] {
            guard value?.isFinite ?? true else { throw ValidationError("\(name) must be a finite number") }
        }
    }

    func run() throws {
        try CommandFailure.reporting {
            let client = try connection.client()
            var headers = HTTPFields()
            if let idempotencyKey, let field = HTTPField.Name("Idempotency-Key") { headers[field] = idempotencyKey }
            let answer = try client.bytes(.post, "/v1/sweeps", body: try body(), headers: headers)
            let sweep = try client.decode(SweepBody.self, answer)
            if json {
                JSONOutput.write(answer)
            } else {
                Screen.say("submitted \(sweep.id): \(sweep.runs.total) runs")
                if !watch { Screen.say("follow it with: plateau watch \(sweep.id)") }
            }
            if watch { try SweepWatch(client: client, sweep: sweep.id, asJSON: json).run() }
        }
    }

    /// What is sent to `POST /v1/sweeps`.
    func body() throws -> [UInt8] {
        if let file {
            let data =
                file == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
            guard let data else { throw CommandFailure(code: ExitStatus.failed, message: "cannot read \(file)") }
            return [UInt8](data)
        }
        var body = fields()
        body["training"] = training()
        return [UInt8](try JSONSerialization.data(withJSONObject: body))
    }

    /// Only what was given: the server knows the defaults.
    private func fields() -> [String: Any] {
        var fields: [String: Any] = [:]
        fields["dataset"] = dataset
        fields["name"] = name
        fields["priority"] = priority
        fields["deadline"] = deadline?.text
        fields["cpu_hours"] = cpuHours
        fields["strategy"] = strategy
        fields["tolerance"] = tolerance
        var query: [String: Any] = [:]
        query["target_dsc"] = targetDsc
        query["delta"] = delta
        query["confidence"] = confidence
        if !query.isEmpty { fields["query"] = query }
        fields["precision"] = estimatePrecision
        fields["max_steps"] = maxSteps
        var retry: [String: Any] = [:]
        retry["max_failures"] = maxFailures
        retry["backoff_seconds"] = backoffSeconds
        if !retry.isEmpty { fields["retry"] = retry }
        fields["sizes"] = sizes?.values
        fields["fractions"] = fractions?.values
        fields["depths"] = depths?.values
        fields["seeds"] = seeds?.values
        return fields
    }

    private func training() -> [String: Any] {
        var training: [String: Any] = [:]
        training["image_size"] = imageSize.map { [$0.height, $0.width] }
        training["patch_size"] = patchSize?.sides
        training["spacing"] = spacing?.values
        training["foreground_oversampling"] = foregroundOversampling
        training["output"] = output
        training["augmentation"] = augmentation?.value
        training["batch_size"] = batchSize
        training["epochs"] = epochs
        training["steps_per_epoch"] = stepsPerEpoch
        training["budget"] = budget
        training["learning_rate"] = learningRate
        training["schedule"] = schedule
        training["normalization"] = normalization
        training["precision"] = precision
        return training
    }
}
