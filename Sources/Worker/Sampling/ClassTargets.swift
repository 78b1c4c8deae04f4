/// What the network should say: planes of 0 and 1 made of label values.
struct ClassTargets: Sendable {
    /// For each output plane, 1 at the label values that belong to it.
    private let members: [[Float]]

    /// Output planes of the network, K.
    var planes: Int { members.count }

    /// - Parameters:
    ///   - classes: the label values of each foreground class, in the order of the outputs.
    ///   - softmax: a plane for the background comes first.
    init(classes: [[Int]], softmax: Bool) {
        var members = classes.map { values in
            (0..<256).map { values.contains($0) ? 1 : 0 as Float }
        }
        if softmax {
            let background = (0..<256).map { value in members.contains { $0[value] > 0 } ? 0 : 1 as Float }
            members.insert(background, at: 0)
        }
        self.members = members
    }

    /// - Returns: [K, P] of P labels.
    func planes(of labels: [UInt8]) -> [Float] {
        [Float](unsafeUninitializedCapacity: planes * labels.count) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            write(labels, count: labels.count, to: start)
            count = planes * labels.count
        }
    }

    /// - Parameters:
    ///   - labels: of any shape, P values.
    ///   - planes: the result, [K, P].
    func write(_ labels: UnsafePointer<UInt8>, count: Int, to planes: UnsafeMutablePointer<Float>) {
        for (plane, member) in members.enumerated() {
            member.withUnsafeBufferPointer { member in
                // Within bounds: `count` numbers of each plane; there are 256 label values.
                let out = planes + plane * count
                for place in 0..<count { out[place] = member[Int(labels[place])] }
            }
        }
    }
}
