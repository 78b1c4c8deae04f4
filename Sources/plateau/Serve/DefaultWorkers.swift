/// How many workers a machine gets when nobody says: one thread each on small machines, where small networks gain
/// more from a second run than from a second thread; up to four threads each on larger ones.
struct DefaultWorkers: Equatable {
    var workers: Int
    var threadsPerWorker: Int

    init(cores: Int) {
        threadsPerWorker = max(1, min(4, cores / 4))
        workers = max(1, cores / threadsPerWorker)
    }
}
