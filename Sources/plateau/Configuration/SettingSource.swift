import ArgumentParser
import Foundation

/// One place that settings come from, with all it says as text.
struct SettingSource: Sendable {
    /// Values by key; one for each that is no list.
    var values: [String: [String]]
    /// How people find a value there again.
    var name: @Sendable (Setting) -> String

    /// - Parameter values: what the command line gives; nothing for what it does not mention.
    static func flags(_ values: [String: [String]]) -> SettingSource {
        SettingSource(values: values) { $0.flag }
    }

    /// - Throws: `ValidationError` for a variable of HTTP limits that there is not, and for one that all but bears the
    ///   name of a setting.
    static func environment(_ environment: [String: String]) throws -> SettingSource {
        let known = Dictionary(uniqueKeysWithValues: Setting.all.map { ($0.variable, $0) })
        var values: [String: [String]] = [:]
        for (name, text) in environment where name.hasPrefix("PLATEAU_") {
            guard let setting = known[name] else {
                let key = name.dropFirst("PLATEAU_".count).lowercased()
                // Others of this prefix are for other commands, and like no setting.
                guard name.hasPrefix("PLATEAU_HTTP_") || Setting.nearest(to: key) != nil else { continue }
                throw ValidationError(unknown(name, as: key) { $0.variable })
            }
            if case .list(let separator) = setting.kind {
                values[setting.key] = text.split(separator: separator).map(String.init)
            } else {
                values[setting.key] = [text]
            }
        }
        return SettingSource(values: values) { $0.variable }
    }

    /// A JSON object of settings.
    /// - Throws: `ValidationError` with everything that is wrong with it.
    static func file(_ path: String) throws -> SettingSource {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            let bytes = FileManager.default.contents(atPath: path)
        else { throw ValidationError("cannot read the configuration file \(path)") }
        guard size <= 1 << 20 else { throw ValidationError("the configuration file \(path) is larger than 1 MiB") }
        let object: [String: FileValue]
        do {
            object = try JSONDecoder().decode([String: FileValue].self, from: bytes)
        } catch DecodingError.dataCorrupted(let context) where context.codingPath.isEmpty {
            let reason = (context.underlyingError as? NSError)?.userInfo[NSDebugDescriptionErrorKey] as? String
            throw ValidationError("\(path) is not valid JSON\(reason.map { ": \($0)" } ?? "")")
        } catch {
            throw ValidationError(
                "\(path) must be a JSON object whose values are texts, numbers, true, false or lists of texts, such as "
                    + #"{"listen": ["127.0.0.1:8080"], "workers": 2}"#)
        }
        var values: [String: [String]] = [:]
        var complaints: [String] = []
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting.byKey[key] else {
                complaints.append(unknown("\"\(key)\"", as: key) { "\"\($0.key)\"" })
                continue
            }
            if let texts = value.texts(for: setting.kind) {
                values[key] = texts
            } else {
                complaints.append("\"\(key)\" must be \(FileValue.wanted(for: setting.kind))")
            }
        }
        guard complaints.isEmpty else { throw ValidationError("\(path): \(complaints.joined(separator: "; "))") }
        return SettingSource(values: values) { "\"\($0.key)\" in \(path)" }
    }

    private static func unknown(_ name: String, as key: String, _ shown: (Setting) -> String) -> String {
        let near = Setting.nearest(to: key).flatMap { Setting.byKey[$0] }.map { "did you mean \(shown($0))?" }
        return "there is no setting \(name); \(near ?? "plateau serve --check-config lists all there are")"
    }
}

/// A value in the configuration file.
private enum FileValue: Decodable {
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([String])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([String].self))
        }
    }

    func texts(for kind: Setting.Kind) -> [String]? {
        switch (kind, self) {
        case (.flag, .flag(let flag)): [flag ? "true" : "false"]
        case (.number, .number(let number)):
            [number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"]
        case (.text, .text(let text)): [text]
        case (.list, .text(let text)): [text]
        case (.list, .list(let texts)): texts
        default: nil
        }
    }

    static func wanted(for kind: Setting.Kind) -> String {
        switch kind {
        case .text: "a text"
        case .number: "a number"
        case .flag: "true or false"
        case .list: "a list of texts"
        }
    }
}
