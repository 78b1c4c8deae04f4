import ArgumentParser
import Foundation
import Testing

@testable import plateau

/// What people type: what it is read as, and what is refused with the exit code 64 (`EX_USAGE`).
@Suite struct CommandLineTests {
    /// The exit code of a command line that is refused before it does anything; nil where it is accepted.
    private func refusal(_ line: String) -> Int32? {
        do {
            _ = try Plateau.parseAsRoot(line.split(separator: " ").map(String.init))
            return nil
        } catch {
            return Plateau.exitCode(for: error).rawValue
        }
    }

    @Test(arguments: [
        "dataset add polyps", "dataset frobnicate", "dataset synth here --count 0", "dataset synth here --size 15",
        "dataset synth here --difficulty nan", "dataset synth here --seed -1", "dataset synth here --dims 4",
        "dataset synth here --dims 3 --size 257", "dataset synth here --dims 3 --size 15",
        "submit", "submit polyps", "submit polyps --sizes 4", "submit polyps --sizes 4, --depths 2",
        "submit polyps --sizes four --depths 2", "submit polyps --sizes 4.5 --depths 2",
        "submit polyps --sizes 4 --fractions 0.5 --depths 2", "submit polyps --fractions inf --depths 2",
        "submit polyps --sizes 4 --depths 2 --image-size 64x64x64",
        "submit polyps --sizes 4 --depths 2 --image-size x64", "submit polyps --sizes 4 --depths 2 --epochs many",
        "submit polyps --sizes 4 --depths 2 --learning-rate nan",
        "submit polyps --sizes 4 --depths 2 --backoff-seconds inf", "submit --file sweep.json --max-failures 2",
        "submit polyps --file sweep.json",
        "submit --file sweep.json --epochs 3", "submit --file sweep.json --seeds 1",
        "submit brain --sizes 4 --depths 2 --patch-size 32x32", "submit brain --sizes 4 --depths 2 --spacing 1,nan,1",
        "submit brain --sizes 4 --depths 2 --augmentation {flip", "submit --file sweep.json --augmentation none",
        "submit brain --sizes 4 --depths 2 --foreground-oversampling inf",
        "watch", "watch sw_1 sw_2", "runs --colour", "curve", "curve run_1 --csv --json",
        "curve import c.json --depth 4", "forecast",
        "forecast run_1 --curve c.csv", "forecast --curve c.csv", "forecast run_1 --total-epochs 5",
        "evaluate forecasts", "evaluate estimates", "evaluate estimates curves --tasks third",
        "surrogate train", "surrogate train --out s.bin --seed -1", "surrogate train --out s.bin --steps 0",
        "estimate sw_1 --target-dsc high", "estimate", "estimate sw_1 --points p.csv", "estimate sw_1 --max-n 5",
        "model export run_1", "model export --output x.safetensors",
        "cancel", "rerun", "pause", "resume sw_1 sw_2", "extend sw_1", "extend --seeds 1",
        "extend sw_1 --sizes 4 --fractions 0.5", "extend sw_1 --seeds one",
        "prioritize sw_1", "prioritize sw_1 --to high", "limit sw_1", "limit sw_1 --cpu-hours 1 --no-cpu-hours",
        "limit sw_1 --deadline soon", "limit --no-deadline", "limit sw_1 --cpu-hours inf", "token limit tok_1",
        "token limit tok_1 --max-queued-runs 1 --no-max-queued-runs", "token limit --cpu-hours 1",
        "token create eyes", "token create eyes --role god",
        "token create eyes --role submitter --cpu-hours nan", "submit polyps --sizes 4 --depths 2 --deadline soon",
        "token create eyes --role reader --expires-in-days soon", "token revoke", "frobnicate", "work --threads 0",
        "work --simd sse",
        "bench unet", "bench unet --dims 4 --depth 3 --size 64,64 --batch 8",
        "bench unet --dims 3 --depth 3 --size 64,64 --batch 8", "bench unet --dims 2 --depth 1 --size 64,64 --batch 8",
        "bench unet --dims 2 --depth 3 --size 64,64 --batch 8 --seconds nan",
        "bench unet --dims 2 --depth 3 --size 64,64 --batch 8 --precision fp8",
        "bench unet --dims 2 --depth 3 --size 64,64 --batch 8 --simd mmx",
    ])
    func aWrongLineIsRefused(_ line: String) {
        #expect(refusal(line) == 64, "plateau \(line)")
    }

    @Test(arguments: [
        "limit sw_1 --deadline 2030-01-31T18:00:00Z --no-cpu-hours", "limit sw_1 --cpu-hours 2 --no-deadline --json",
        "token limit tok_1 --cpu-hours 2 --no-max-queued-runs", "serve --log-format json", "work --log-format json",
        "dataset list --json", "dataset show polyps --json", "dataset add polyps /data --exclude-bad --json",
        "dataset synth here --count 3 --json", "dataset synth here --dims 3 --size 33",
        "dataset add organs /data --layout msd", "submit polyps --sizes 4,8 --depths 2 --json --watch",
        "submit --file - --idempotency-key k", "watch sw_1 --json", "runs", "runs sw_1 --state failed --json",
        "curve run_1 --csv", "curve run_1 --json", "curve import c.csv --train-size 9 --depth 4 --json",
        "forecast run_1 --json",
        "forecast --curve c.csv --total-epochs 50 --train-size 100 --json", "surrogate train --out s.bin --seed 2",
        "evaluate forecasts curves --leave-one-task-out --json", "evaluate forecasts curves --weights s.bin",
        "evaluate estimates sizes --tasks odd --json",
        "estimate sw_1 --delta 0.02 --at-n 500 --json",
        "estimate --points p.csv --target-dsc 0.8 --max-n 500 --json",
        "cancel run_1 --json", "rerun sw_1 --json", "rerun run_1", "pause sw_1 --json", "resume run_1 --json",
        "extend sw_1 --sizes 4,8 --depths 3 --seeds 1,2 --json", "extend sw_1 --fractions 0.5",
        "prioritize sw_1 --to -100 --json", "prioritize sw_1 --to 7",
        "submit polyps --sizes 4 --depths 2 --priority -7 --max-failures 3 --backoff-seconds 0.5",
        "model export run_1 --output x.safetensors --force --json", "token create eyes --role reader --json",
        "token create eyes --role submitter --max-queued-runs 5 --cpu-hours 0.5",
        "submit polyps --sizes 4 --depths 2 --deadline 2030-01-31T18:00:00Z --cpu-hours 2",
        "submit polyps --sizes 4 --depths 2 --deadline 2030-01-31T18:00:00.5+02:00",
        "token list --json",
        "token revoke tok_1 --json", "serve --data-root /a --data-root /b", "work", "work --simd portable",
        "bench unet --dims 2 --depth 5 --size 128,128 --batch 16 --threads 1 --seconds 0.5 --norm instance --json",
        "bench unet --dims 3 --depth 4 --size 32,48,32 --batch 4 --simd portable",
    ])
    func aRightLineIsTaken(_ line: String) {
        #expect(refusal(line) == nil, "plateau \(line)")
    }

    @Test func everyCommandHasAnExample() {
        func check(_ command: any ParsableCommand.Type) {
            let children = command.configuration.subcommands
            for child in children { check(child) }
            if children.isEmpty {
                let help = command.helpMessage(columns: 120)
                #expect(help.contains("Example") && help.contains("plateau "), "\(command)")
            }
        }
        check(Plateau.self)
    }

    @Test func theHelpNamesEveryExitCode() {
        let help = Plateau.helpMessage(columns: 120)
        let codes = [
            0, ExitStatus.failed, ExitStatus.unreachable, ExitStatus.refused, ExitStatus.serverFailed, ExitStatus.usage,
            130,
        ]
        for code in codes {
            #expect(help.contains("\n    \(code) ") || help.contains("\n  \(code) "), "\(code): \(help)")
        }
    }

    @Test func aSubmissionCarriesWhatWasGivenAndNoMore() throws {
        let line = ["polyps", "--sizes", "4, 8", "--depths", "2,3", "--image-size", "32x64", "--epochs", "5"]
        let command = try SubmitCommand.parse(line)
        let body = try #require(JSONSerialization.jsonObject(with: Data(try command.body())) as? NSDictionary)
        let expected: NSDictionary = [
            "dataset": "polyps", "sizes": [4, 8], "depths": [2, 3], "training": ["image_size": [32, 64], "epochs": 5],
        ]
        #expect(body == expected)
    }

    @Test func theRecipeOfVolumesIsCarried() throws {
        let line = [
            "brain", "--fractions", "1", "--depths", "4", "--patch-size", "32x48x32", "--spacing", "1,1,2.5",
            "--foreground-oversampling", "0.5", "--output", "softmax", "--augmentation", #"{"flip":true}"#,
        ]
        let body = try #require(
            JSONSerialization.jsonObject(with: Data(try SubmitCommand.parse(line).body())) as? NSDictionary)
        let training: NSDictionary = [
            "patch_size": [32, 48, 32], "spacing": [1, 1, 2.5], "foreground_oversampling": 0.5, "output": "softmax",
            "augmentation": ["flip": true],
        ]
        #expect(body["training"] as? NSDictionary == training)
        let short = try SubmitCommand.parse(
            ["brain", "--sizes", "4", "--depths", "2", "--patch-size", "32", "--augmentation", "standard"])
        let other = try #require(JSONSerialization.jsonObject(with: Data(try short.body())) as? NSDictionary)
        #expect(
            other["training"] as? NSDictionary == ["patch_size": [32, 32, 32], "augmentation": "standard"]
                as NSDictionary)
    }

    @Test func listsAreRead() {
        #expect(IntegerList(argument: "35,70,140")?.values == [35, 70, 140])
        #expect(IntegerList(argument: "-1")?.values == [-1], "the server says what is out of bounds")
        for text in ["", ",", "1,,2", "1;2", "1e3", "64x64"] { #expect(IntegerList(argument: text) == nil, "\(text)") }
        #expect(NumberList(argument: "0.1,1")?.values == [0.1, 1])
        for text in ["", "0.1,", "nan", "1,-inf", "half"] { #expect(NumberList(argument: text) == nil, "\(text)") }
        for (text, size) in [("64", [64, 64]), ("64x96", [64, 96]), ("64×96", [64, 96]), ("64,96", [64, 96])] {
            let read = ImageSize(argument: text)
            #expect(read.map { [$0.height, $0.width] } == size, "\(text)")
        }
    }
}
