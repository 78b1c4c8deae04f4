import ArgumentParser
import Foundation
import LearningCurves

extension EvaluateCommand {
    struct Estimates: ParsableCommand {
        /// Every second task in the order of their names, so that what was developed on one part is judged on the other.
        enum Part: String, ExpressibleByArgument, CaseIterable {
            case odd, even
        }

        static let configuration = CommandConfiguration(
            abstract:
                "Judge estimates of size on whole curves of score over training-set size, against single families.",
            discussion: """
                DIR holds a CSV file per curve: a header line, n (training images), dsc (or dice, score; 0 to 1), and \
                where there are any sd (the number's own standard error) and seed; a line is a run. Its manifest.csv says \
                what they are: file, and where known task, whose curves are resampled together; other columns are passed \
                over. A folder of LCDB 1.1 (meta.json, er/) is read as it is, its scores are test accuracies. Curves that \
                cannot be used are named and left out; so is, at each cut, a curve with fewer than three sizes below it.

                From the sizes up to 20, 40 and 60 % of a curve's largest, each method says what the score at the largest \
                is, and which n reaches 99 % of that. The true n is the first at which the measured scores, made monotone \
                (weighted isotonic regression), reach 99 % of their last value, linear in log n between sizes. Single \
                families are fitted by weighted least squares; 'last' takes the last score, and of what was seen the n \
                that reaches 99 % of it. The ratio is to the best of them at that cut, with its 90 % interval by a paired \
                bootstrap of the tasks.

                The rows 'measured' ask the same of what the study will have measured, as the true n does: sizes up to \
                the cut are as they were measured, those beyond it as the family expects, or as runs may come out on the \
                curves that the estimate still holds possible. Their ratio is to the single families without this.

                Example:
                  plateau evaluate estimates ../shared/data/lcdb11
                """)

        @Argument(help: "The folder of curves.") var dir: String
        @Option(help: "Judge only the odd or the even tasks, counted from 1 in the order of their names.")
        var tasks: Part?
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            try CommandFailure.reporting {
                let folder = try SizeStudyFolder(at: URL(filePath: dir))
                let studies = part(of: folder.studies)
                try EvaluateCommand.complain(of: folder.problems, using: studies.count, in: dir)
                let table: EstimateTable
                do {
                    table = try EstimateEvaluation.table(studies)
                } catch let error as LearningCurvesError {
                    throw CommandFailure(code: ExitStatus.failed, message: "\(dir): \(error)")
                }
                if json { return try JSONOutput.write(table) }
                Screen.say(EstimateTableText.text(table))
            }
        }

        private func part(of studies: [SizeStudy]) -> [SizeStudy] {
            guard let tasks else { return studies }
            let names = Set(studies.map(\.task)).sorted().enumerated()
            let kept = Set(names.filter { ($0.offset % 2 == 0) == (tasks == .odd) }.map(\.element))
            return studies.filter { kept.contains($0.task) }
        }
    }
}
