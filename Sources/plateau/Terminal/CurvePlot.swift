import Foundation

/// A curve in text: one column per stretch of epochs, rows from the lowest to the highest value.
struct CurvePlot {
    private static let rows = 10

    /// - Parameters:
    ///   - values: in order; at least one.
    ///   - width: columns of the plot itself.
    static func text(_ values: [Double], width: Int) -> String {
        guard let low = values.min(), let high = values.max() else { return "" }
        let columns = min(width, values.count)
        let heights = (0..<columns).map { column -> Int in
            let part = values[(column * values.count / columns)..<((column + 1) * values.count / columns)]
            let mean = part.reduce(0, +) / Double(part.count)
            return high == low ? 0 : Int(((mean - low) / (high - low) * Double(rows - 1)).rounded())
        }
        return (0..<rows).reversed().map { row in
            let label = row == rows - 1 ? Words.dsc(high) : row == 0 ? Words.dsc(low) : "     "
            return label + " ┤" + heights.map { $0 == row ? "●" : $0 > row ? "·" : " " }.joined()
        }.joined(separator: "\n") + "\n      └" + String(repeating: "─", count: columns)
    }
}
