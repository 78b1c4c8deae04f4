/// The rising sequence nearest to `values` by weighted least squares, by pooling neighbours that fall (pool adjacent
/// violators: Ayer, Brunk, Ewing, Reid and Silverman 1955).
///
/// - precondition: as many positive weights as values.
func isotonicFit(_ values: [Double], weights: [Double]) -> [Double] {
    var pools: [(mean: Double, weight: Double, count: Int)] = []
    for (value, weight) in zip(values, weights) {
        var pool = (mean: value, weight: weight, count: 1)
        while let before = pools.last, before.mean >= pool.mean {
            pools.removeLast()
            let sum = before.weight + pool.weight
            pool = ((before.mean * before.weight + pool.mean * pool.weight) / sum, sum, before.count + pool.count)
        }
        pools.append(pool)
    }
    return pools.flatMap { [Double](repeating: $0.mean, count: $0.count) }
}
