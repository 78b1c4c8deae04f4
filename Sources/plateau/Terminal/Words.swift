import Foundation

/// Numbers as people read them.
enum Words {
    static func dsc(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "–" }

    static func rounded(_ value: Double, digits: Int) -> String { String(format: "%.\(digits)f", value) }

    static func percent(_ value: Double) -> String { String(format: "%.0f %%", 100 * value) }

    /// Rounded down, so that nothing unfinished reads 100 %.
    static func progress(_ fraction: Double) -> String {
        String(format: "%.0f %%", (100 * fraction + 1e-9).rounded(.down))
    }

    /// `42 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`.
    static func duration(_ seconds: Double) -> String {
        let total = Int(min(seconds, 1e12).rounded())
        switch total {
        case ..<60: return "\(max(0, total)) s"
        case ..<3600: return String(format: "%d min %02d s", total / 60, total % 60)
        case ..<86_400: return String(format: "%d h %02d min", total / 3600, total % 3600 / 60)
        default: return "\(total / 86_400) d \(total % 86_400 / 3600) h"
        }
    }

    static func eta(_ seconds: Double?) -> String { seconds.map { "ETA " + duration($0) } ?? "ETA unknown yet" }

    /// A bar of `width` cells, filled in eighths.
    static func bar(_ fraction: Double, width: Int) -> String {
        let eighths = Int((min(1, max(0, fraction)) * Double(width * 8)).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let full = String(repeating: "█", count: eighths / 8)
        return full + partial + String(repeating: "░", count: width - eighths / 8 - (partial.isEmpty ? 0 : 1))
    }
}
