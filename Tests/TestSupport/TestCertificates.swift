import Foundation

/// Certificates made for a test with the `openssl` command, in a folder of their own that goes with them.
public final class TestCertificates: Sendable {
    /// Files of one certificate.
    public struct Pair: Sendable {
        public var certificate: String
        public var key: String

        public init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    private let folder: TemporaryFolder
    /// Signs the others.
    public let authority: Pair

    public init() throws {
        folder = try TemporaryFolder()
        authority = Self.pair("authority", folder.url)
        try Self.openssl(
            Self.newKey(authority.key) + [
                "-x509", "-out", authority.certificate, "-days", "30", "-subj", "/CN=Test Authority",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign",
            ])
        try Data().write(to: folder.url.appending(path: "index"))
        try Data(
            """
            [ca]
            default_ca=here
            [here]
            database=\(folder.url.path)/index
            new_certs_dir=\(folder.url.path)
            policy=any
            default_md=sha256
            copy_extensions=copy
            unique_subject=no
            rand_serial=yes
            [any]
            organizationName=optional
            commonName=supplied
            """.utf8
        ).write(to: folder.url.appending(path: "ca.cnf"))
    }

    /// A path in the folder.
    public func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// A server's, signed by the authority.
    /// - Parameter names: as in a `subjectAltName`.
    public func server(
        _ name: String = "server", names: String = "DNS:localhost,IP:127.0.0.1", expired: Bool = false
    ) throws -> Pair {
        try signed(name, subject: "/CN=\(name)", names: names, expired: expired)
    }

    /// A client's, signed by the authority.
    public func client(_ name: String) throws -> Pair {
        try signed(name, subject: "/O=Imaging Lab/CN=\(name)", names: "DNS:\(name)", expired: false)
    }

    /// A server's that nobody but itself has signed.
    public func selfSigned(_ name: String = "alone", names: String = "DNS:localhost,IP:127.0.0.1") throws -> Pair {
        let pair = Self.pair(name, folder.url)
        try Self.openssl(
            Self.newKey(pair.key) + [
                "-x509", "-out", pair.certificate, "-days", "30", "-subj", "/CN=\(name)",
                "-addext", "subjectAltName=\(names)",
            ])
        return pair
    }

    private func signed(_ name: String, subject: String, names: String, expired: Bool) throws -> Pair {
        let pair = Self.pair(name, folder.url)
        let request = path(name + ".csr")
        try Self.openssl(
            Self.newKey(pair.key) + ["-out", request, "-subj", subject, "-addext", "subjectAltName=\(names)"])
        let dates = expired ? ["-startdate", "200101000000Z", "-enddate", "200201000000Z"] : ["-days", "30"]
        try Self.openssl(
            [
                "ca", "-config", path("ca.cnf"), "-batch", "-notext", "-cert", authority.certificate, "-keyfile",
                authority.key, "-in", request, "-out", pair.certificate,
            ] + dates)
        return pair
    }

    private static func pair(_ name: String, _ folder: URL) -> Pair {
        Pair(
            certificate: folder.appending(path: name + ".pem").path, key: folder.appending(path: name + ".key").path)
    }

    private static func newKey(_ path: String) -> [String] {
        ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]
    }

    private struct Failed: Error {
        var command: [String]
        var errors: String
    }

    private static func openssl(_ arguments: [String]) throws {
        let result = try CommandResult.of("openssl", arguments)
        guard result.status == 0 else { throw Failed(command: arguments, errors: result.errors) }
    }
}
