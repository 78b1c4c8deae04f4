import CCodecs

/// A case in memory: the values of its channels [C, D, H, W] and its labels [D, H, W].
struct Volume {
    var channels: Int
    /// D, H, W.
    var extent: [Int]
    var values: [Float]
    var labels: [UInt8]

    var size: Int { extent.reduce(1, *) }

    /// Runs `body` on each channel's values.
    func forEachChannel(_ body: (UnsafePointer<Float>) -> Void) {
        values.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            // Within bounds: there are channels · size values.
            for channel in 0..<channels { body(start + channel * size) }
        }
    }

    /// Runs `body` on each channel's values, which it may change.
    mutating func changeEachChannel(_ body: (UnsafeMutablePointer<Float>) -> Void) {
        let (channels, size) = (channels, size)
        values.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            // Within bounds: there are channels · size values.
            for channel in 0..<channels { body(start + channel * size) }
        }
    }
}

extension Volume {
    /// Reads a case's files, which must be those that were registered.
    ///
    /// - Parameter root: canonical.
    /// - Throws: as `RegisteredFile.decode`.
    init(_ item: DatasetCase, channels: Int, root: String) throws {
        self.channels = channels
        extent = item.extent
        (values, labels) = ([], [])
        values.reserveCapacity(channels * item.size)
        labels.reserveCapacity(item.size)
        for file in item.images {
            try Self.read(file, item, channels: item.images.count == 1 ? channels : 1, root: root) {
                values.append(contentsOf: $0)
            }
        }
        try Self.read(item.label, item, channels: 1, root: root) { piece in
            labels.append(
                contentsOf: [UInt8](unsafeUninitializedCapacity: piece.count) { buffer, count in
                    // Within bounds: a byte for each value. Registration found labels alone in this very file.
                    plateau_labels_from_values(buffer.baseAddress, piece.baseAddress, piece.count)
                    count = piece.count
                })
        }
    }

    private static func read(
        _ file: DatasetFile, _ item: DatasetCase, channels: Int, root: String,
        _ body: (UnsafeBufferPointer<Float>) -> Void
    ) throws {
        let limits = DatasetScanner.Limits()
        try RegisteredFile(file, root: root).decode(limit: limits.volumeBytes) { bytes throws(FileFailure) in
            let volume = try NIfTIFile(bytes, valueLimit: limits.values)
            guard volume.header.extent.reversed() == item.extent, volume.header.channels == channels else {
                throw FileFailure(reason: .sizeMismatch, detail: "is not of the registered size")
            }
            try volume.forEachPiece { piece throws(FileFailure) in body(piece) }
        }
    }
}
