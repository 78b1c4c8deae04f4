import Foundation

/// The most memory that this process has had resident.
enum PeakMemory {
    /// In MiB, from `VmHWM` (proc(5)). Not `getrusage`, which starts from what the parent process held when it forked.
    static var residentMegabytes: Double? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return nil }
        return line.split(separator: " ").dropFirst().first.flatMap { Double($0) }.map { $0 / 1024 }
    }
}
