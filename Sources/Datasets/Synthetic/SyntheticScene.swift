import Foundation

/// One image of a generated data set, as a function of the place in [0, 1]².
struct SyntheticScene {
    /// A blob with a wavy outline.
    private struct Blob {
        var x, y, radius, stretch, angle: Double
        var waves: [(count: Double, height: Double, phase: Double)]

        /// Distance from the outline in units of the radius: negative inside.
        func distance(_ px: Double, _ py: Double) -> Double {
            let (dx, dy) = (px - x, py - y)
            let u = (dx * cos(angle) + dy * sin(angle)) / stretch
            let v = -dx * sin(angle) + dy * cos(angle)
            let direction = atan2(v, u)
            let outline = waves.reduce(1) { $0 + $1.height * sin($1.count * direction + $1.phase) }
            return (u * u + v * v).squareRoot() / radius - outline
        }
    }

    private struct Ripple {
        var fx, fy, phase, height: Double
    }

    private let polyp: Blob
    private let lookAlikes: [Blob]
    private let spots: [(x: Double, y: Double, radius: Double)]
    private let ripples: [Ripple]
    private let base: [Double]
    private let tint: [Double]
    private let contrast: Double
    private let blur: Double
    private let light: (x: Double, y: Double)
    private let grain: SplitMix

    init(difficulty: Double, random: SplitMix) {
        var random = random
        func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
        func blob(_ smallest: Double, _ largest: Double) -> Blob {
            Blob(
                x: between(0.2, 0.8), y: between(0.2, 0.8), radius: between(smallest, largest),
                stretch: between(1, 1.6), angle: between(0, .pi),
                waves: [2, 3, 5].map { ($0, between(0, 0.22 / $0), between(0, 2 * .pi)) })
        }
        polyp = blob(0.10, 0.26)
        lookAlikes = (0..<Int((3 * difficulty * random.uniform()).rounded())).map { _ in blob(0.05, 0.12) }
        spots = (0..<Int(between(2, 7))).map { _ in (between(0, 1), between(0, 1), between(0.008, 0.025)) }
        ripples = (0..<10).map { index in
            let frequency = 2 * .pi * between(1, 4 + 1.5 * Double(index))
            let direction = between(0, 2 * .pi)
            return Ripple(
                fx: frequency * cos(direction), fy: frequency * sin(direction), phase: between(0, 2 * .pi),
                height: between(0.01, 0.05) / (1 + 0.15 * Double(index)))
        }
        base = [between(0.55, 0.75), between(0.30, 0.45), between(0.25, 0.38)]
        // Redder, paler or browner than what surrounds it; which of them differs from image to image.
        tint = [[1, -0.4, -0.4], [0.6, 0.8, 0.7], [-0.7, -0.6, -0.5]][Int(between(0, 2.999))]
        contrast = between(0.8, 1.2) * (0.26 - 0.19 * difficulty)
        blur = 0.04 + 0.30 * difficulty
        light = (between(0.3, 0.7), between(0.3, 0.7))
        grain = random
    }

    /// Red, green and blue in about [0, 1], and whether the place is polyp.
    func sample(_ x: Double, _ y: Double) -> (colour: [Double], isPolyp: Bool) {
        let texture = ripples.reduce(0) { $0 + $1.height * sin($1.fx * x + $1.fy * y + $1.phase) }
        let shade = 1.1 - 0.9 * ((x - light.x) * (x - light.x) + (y - light.y) * (y - light.y))
        let distance = polyp.distance(x, y)
        let inside = softStep(-distance / blur)
        // A polyp bulges: it is lighter towards the light.
        let bulge =
            inside * 0.08 * ((light.x - polyp.x) * (x - polyp.x) + (light.y - polyp.y) * (y - polyp.y)) / polyp.radius
        let other = lookAlikes.reduce(0) { max($0, softStep(-$1.distance(x, y) / 0.5)) }
        let spot = spots.contains { ($0.x - x) * ($0.x - x) + ($0.y - y) * ($0.y - y) < $0.radius * $0.radius }
        var noise = grain
        noise = SplitMix(seed: noise.next() ^ UInt64(x * 65_536) << 20 ^ UInt64(y * 65_536))
        let colour = (0..<3).map { channel in
            let tinted = base[channel] + tint[channel] * contrast * inside + 0.5 * tint[2 - channel] * contrast * other
            let value = tinted * shade + texture + bulge + 0.03 * (noise.uniform() - 0.5)
            return spot ? min(1, value + 0.45) : value
        }
        return (colour, distance < 0)
    }

    private func softStep(_ value: Double) -> Double { 1 / (1 + exp(-4 * value)) }
}
