import Glibc

/// What the process takes, by the names that Prometheus' own clients give it.
enum ProcessFigures {
    static func families() -> [MetricFamily] {
        var families: [MetricFamily] = []
        if let statistics = statistics() {
            families += [
                MetricFamily(
                    "process_cpu_seconds_total", .counter, "User and system time of the process.",
                    statistics.cpuSeconds),
                MetricFamily(
                    "process_resident_memory_bytes", .gauge, "Resident memory of the process.",
                    statistics.residentBytes),
                MetricFamily(
                    "process_virtual_memory_bytes", .gauge, "Virtual memory of the process.",
                    statistics.virtualBytes),
                MetricFamily("process_threads", .gauge, "Threads of the process.", statistics.threads),
            ]
        }
        if let count = openDescriptors() {
            families.append(MetricFamily("process_open_fds", .gauge, "File descriptors open.", Double(count)))
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            families.append(
                MetricFamily("process_max_fds", .gauge, "File descriptors allowed.", Double(limit.rlim_cur)))
        }
        return families
    }

    private struct Statistics {
        var cpuSeconds: Double
        var threads: Double
        var virtualBytes: Double
        var residentBytes: Double
    }

    /// proc(5), `/proc/pid/stat`: the fields after the program's name, which is in parentheses and may hold anything.
    private static func statistics() -> Statistics? {
        guard let text = contents("/proc/self/stat"), let name = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: name)...].split(separator: " ").map { Double($0) ?? 0 }
        // Counted from 3, the first after the name.
        guard fields.count > 24 - 3 else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        return Statistics(
            cpuSeconds: (fields[14 - 3] + fields[15 - 3]) / ticks, threads: fields[20 - 3],
            virtualBytes: fields[23 - 3], residentBytes: fields[24 - 3] * Double(sysconf(Int32(_SC_PAGESIZE))))
    }

    private static func openDescriptors() -> Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without `.`, `..` and the folder's own.
        return count - 3
    }

    private static func contents(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            // Within bounds: at most the buffer's capacity.
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
