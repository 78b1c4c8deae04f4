/// Every trained number of a network in one run, with its gradient and Adam's two moments, so that the optimizer is one
/// loop. Parts are reserved while the network is put together, then all is allocated at once.
final class ParameterArena {
    private var reserved = 0
    private(set) var values = FloatBuffer(count: 0)
    private(set) var gradients = FloatBuffer(count: 0)
    private(set) var firstMoments = FloatBuffer(count: 0)
    private(set) var secondMoments = FloatBuffer(count: 0)

    var count: Int { reserved }

    /// - Returns: the offset of a run of `count` numbers, zero at first.
    func reserve(_ count: Int) -> Int {
        defer { reserved += Lanes.blocks(count) * Lanes.count }
        return reserved
    }

    func allocate() {
        values = FloatBuffer(count: reserved)
        gradients = FloatBuffer(count: reserved)
        firstMoments = FloatBuffer(count: reserved)
        secondMoments = FloatBuffer(count: reserved)
    }
}
