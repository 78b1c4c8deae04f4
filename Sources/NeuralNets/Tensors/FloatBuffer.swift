/// A fixed run of fp32 numbers for the kernels. Owned by one object at a time; made once, reused every step.
final class FloatBuffer {
    let count: Int
    let base: UnsafeMutablePointer<Float>

    /// Zeroed.
    init(count: Int) {
        self.count = count
        // Aligned for the widest vectors, and rounded up to whole ones.
        let bytes = max(1, (count + 15) / 16) * 64
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(
            to: Float.self, capacity: bytes / 4)
        base.initialize(repeating: 0, count: bytes / 4)
    }

    deinit { base.deallocate() }

    convenience init(_ values: [Float]) {
        self.init(count: values.count)
        copy(from: values)
    }

    var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

    /// - Precondition: no more values than the buffer has room for.
    func copy(from values: [Float]) {
        precondition(values.count <= count)
        values.withUnsafeBufferPointer { source in
            // Within bounds: checked above.
            if let start = source.baseAddress { base.update(from: start, count: source.count) }
        }
    }

    func copy(from other: FloatBuffer, count: Int) {
        precondition(count <= self.count && count <= other.count)
        base.update(from: other.base, count: count)
    }

    func zero() { base.update(repeating: 0, count: count) }

    /// A place inside.
    func at(_ offset: Int) -> UnsafeMutablePointer<Float> {
        precondition(offset >= 0 && offset <= count)
        return base + offset
    }

    func prefix(_ count: Int) -> [Float] {
        precondition(count <= self.count)
        return Array(UnsafeBufferPointer(start: base, count: count))
    }
}
