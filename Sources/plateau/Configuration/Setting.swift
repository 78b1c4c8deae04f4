/// One thing that `serve` can be told: by a flag, by an environment variable or in the configuration file.
struct Setting: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case text, number
        /// Yes or no; `1`, `true`, `0` and `false` in the environment.
        case flag
        /// Several texts, with this between them in the environment.
        case list(separator: Character)
    }

    /// Its name in the configuration file.
    let key: String
    let kind: Kind
    /// As the command line has it; by default the key with dashes.
    let flag: String

    init(_ key: String, _ kind: Kind, flag: String? = nil) {
        self.key = key
        self.kind = kind
        self.flag = flag ?? "--" + key.replacing("_", with: "-")
    }

    /// Its name in the environment.
    var variable: String { "PLATEAU_" + key.uppercased() }

    static let all: [Setting] =
        [
            Setting("data_dir", .text), Setting("listen", .list(separator: ",")), Setting("tls_cert", .text),
            Setting("tls_key", .text), Setting("tls_client_ca", .text), Setting("tls_client_optional", .flag),
            Setting("socket_mode", .text), Setting("insecure_listen", .flag), Setting("workers", .number),
            Setting("threads_per_worker", .number), Setting("data_roots", .list(separator: ":"), flag: "--data-root"),
            Setting("rate_limit", .number), Setting("cors_origins", .list(separator: ","), flag: "--cors-origin"),
            Setting("lease_seconds", .number), Setting("log_level", .text), Setting("log_format", .text),
        ] + HTTPSetting.all.map { Setting($0.key, .number, flag: "--set \($0.key)=") }

    static let byKey = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// The setting whose key is nearest to a word that is none, if any is near.
    static func nearest(to word: String) -> String? {
        let scored = all.map { ($0.key, distance(Array(word.lowercased()), Array($0.key))) }
        guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(2, word.count / 3) else { return nil }
        return best.0
    }

    /// Insertions, deletions and replacements that make one of the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let above = row[column + 1]
                row[column + 1] = min(above + 1, row[column] + 1, diagonal + (letter == right[column] ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
