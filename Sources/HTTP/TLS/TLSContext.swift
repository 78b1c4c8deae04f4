import CTLS
import Glibc

/// Settings, certificates and keys that many connections share; OpenSSL's `SSL_CTX`.
///
/// `@unchecked Sendable`: after `init` it is only read, but for `renewTicketKeys()`, which is for one queue; OpenSSL
/// counts the references of connections to it atomically.
final class TLSContext: @unchecked Sendable {
    let handle: OpaquePointer
    private var ticketKeysAt: UInt64 = 0

    private init(_ method: OpaquePointer?) throws(TLSError) {
        ERR_clear_error()
        guard let handle = SSL_CTX_new(method) else { throw Self.error("OpenSSL") }
        self.handle = handle
        guard plateau_tls_harden(handle) == 1 else { throw Self.error("OpenSSL") }
        plateau_tls_ask_no_passphrase(handle)
    }

    deinit { SSL_CTX_free(handle) }

    /// A server's.
    convenience init(_ configuration: TLSConfiguration) throws(TLSError) {
        try self.init(TLS_server_method())
        guard plateau_tls_set_up_server(handle) == 1 else { throw Self.error("OpenSSL") }
        try use(certificate: configuration.certificateFile, key: configuration.keyFile)
        switch configuration.clientCertificates {
        case .notAsked: break
        case .requested(let file): try ask(SSL_VERIFY_PEER, file)
        case .required(let file): try ask(SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, file)
        }
    }

    /// A client's.
    convenience init(_ trust: TLSTrust) throws(TLSError) {
        try self.init(TLS_client_method())
        guard plateau_tls_set_up_client(handle) == 1, SSL_CTX_set_default_verify_paths(handle) == 1 else {
            throw Self.error("OpenSSL")
        }
        // A server's own certificate, given as one to trust, is enough.
        X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(handle), UInt(X509_V_FLAG_PARTIAL_CHAIN))
        if let file = trust.caFile { try trustAuthorities(file) }
        if let certificate = trust.certificateFile {
            try use(certificate: certificate, key: trust.keyFile ?? certificate)
        }
    }

    /// What stands in the certificate, for the log.
    var certificate: (subject: String, daysLeft: Int)? {
        guard let certificate = SSL_CTX_get0_certificate(handle) else { return nil }
        var begun: Int32 = 0
        return (Self.subject(certificate), Int(plateau_tls_days_left(certificate, &begun)))
    }

    /// Seals session tickets with new keys twice a day: who steals one later can read little of what was recorded.
    func renewTicketKeys(now: UInt64) {
        guard ticketKeysAt == 0 || now - ticketKeysAt > 12 * 3600 * 1_000_000_000 else { return }
        ticketKeysAt = now
        _ = plateau_tls_renew_ticket_keys(handle)
    }

    // MARK: - Files

    private func use(certificate: String, key: String) throws(TLSError) {
        try Self.checkReadable(certificate)
        guard SSL_CTX_use_certificate_chain_file(handle, certificate) == 1 else {
            throw Self.error(certificate, noPEM: "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
        }
        try Self.checkReadable(key)
        guard SSL_CTX_use_PrivateKey_file(handle, key, SSL_FILETYPE_PEM) == 1 else {
            throw Self.keyError(key, certificate: certificate)
        }
        guard let leaf = SSL_CTX_get0_certificate(handle) else { throw Self.error(certificate) }
        var begun: Int32 = 0
        let daysLeft = plateau_tls_days_left(leaf, &begun)
        guard begun == 1 else {
            throw TLSError(
                subject: certificate, detail: "the certificate is not valid yet; is this machine's clock right?")
        }
        guard daysLeft >= 0 else {
            throw TLSError(subject: certificate, detail: "the certificate has expired; put a new one in its place")
        }
    }

    private func ask(_ mode: Int32, _ file: String) throws(TLSError) {
        try trustAuthorities(file)
        guard let names = SSL_load_client_CA_file(file) else { throw Self.error(file) }
        // Takes the list over.
        SSL_CTX_set_client_CA_list(handle, names)
        SSL_CTX_set_verify(handle, mode, nil)
    }

    private func trustAuthorities(_ file: String) throws(TLSError) {
        try Self.checkReadable(file)
        guard SSL_CTX_load_verify_file(handle, file) == 1 else {
            throw Self.error(file, noPEM: "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
        }
    }

    private static func checkReadable(_ file: String) throws(TLSError) {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw TLSError(subject: file, detail: "cannot be read: \(String(cString: strerror(errno)))")
        }
        close(descriptor)
        ERR_clear_error()
    }

    private static func keyError(_ file: String, certificate: String) -> TLSError {
        let (reason, text) = takeError()
        let detail =
            switch reason {
            case plateau_tls_key_mismatch, plateau_tls_key_of_other_type:
                "the key does not belong to the certificate in \(certificate)"
            default:
                "holds no private key that can be read (\(text)); it must be in PEM form and not encrypted: "
                    + "openssl pkey -in FILE -out NEW takes a passphrase off"
            }
        return TLSError(subject: file, detail: detail)
    }

    // MARK: - Errors

    private static func error(_ subject: String, noPEM: String? = nil) -> TLSError {
        let (reason, text) = takeError()
        if let noPEM, [plateau_tls_no_pem, plateau_tls_no_certificate].contains(reason) {
            return TLSError(subject: subject, detail: noPEM)
        }
        return TLSError(subject: subject, detail: text.isEmpty ? "cannot be used" : "cannot be used: \(text)")
    }

    /// What last went wrong on this thread.
    static func takeError() -> (reason: Int, text: String) {
        var reason: Int32 = 0
        let text = self.text { reason = plateau_tls_take_error($0, $1) }
        return (Int(reason), text)
    }

    static func subject(_ certificate: OpaquePointer) -> String { text { plateau_tls_subject(certificate, $0, $1) } }

    static func names(_ certificate: OpaquePointer) -> String { text { plateau_tls_names(certificate, $0, $1) } }

    /// - Parameter fill: writes text and a NUL, within the capacity.
    private static func text(_ fill: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            start.pointee = 0
            fill(start, buffer.count)
            return String(cString: start)
        }
    }
}
