import ArgumentParser
import Foundation
import HTTP

/// `plateau serve --check-config`: every setting, what it is and where that comes from; starts nothing.
enum ConfigurationCheck {
    /// - Throws: `ExitCode` 1 where something is wrong.
    static func perform(_ sources: () throws -> [SettingSource]) throws {
        do {
            let reader = SettingsReader(try sources())
            let options = try ServerOptions(reader, cores: ProcessInfo.processInfo.activeProcessorCount)
            Screen.say(text(reader.lines))
            let complaints = missing(options)
            guard complaints.isEmpty else {
                for complaint in complaints { Screen.complain("plateau serve: \(complaint)") }
                throw ExitCode(ExitStatus.failed)
            }
        } catch let error as ValidationError {
            Screen.complain("plateau serve: \(error.message)")
            throw ExitCode(ExitStatus.failed)
        }
    }

    static func text(_ lines: [SettingsReader.Line]) -> String {
        let width = lines.map(\.key.count).max() ?? 0
        return lines.sorted { $0.key < $1.key }.map { line in
            let key = line.key.padding(toLength: width, withPad: " ", startingAt: 0)
            return "\(key) = \(line.value.isEmpty ? "none" : line.value)  (\(line.origin))"
        }.joined(separator: "\n")
    }

    /// Files and folders that are named and not there.
    private static func missing(_ options: ServerOptions) -> [String] {
        var complaints: [String] = []
        if let tls = options.http.tls {
            var files = [tls.certificateFile, tls.keyFile]
            switch tls.clientCertificates {
            case .required(caFile: let file), .requested(caFile: let file): files.append(file)
            default: break
            }
            for file in files where access(file, R_OK) != 0 {
                complaints.append("cannot read \(file): \(String(cString: strerror(errno)))")
            }
        }
        for root in options.dataRoots {
            var isFolder: ObjCBool = false
            if !FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) || !isFolder.boolValue {
                complaints.append("the data root \(root) is no folder")
            }
        }
        return complaints
    }
}
