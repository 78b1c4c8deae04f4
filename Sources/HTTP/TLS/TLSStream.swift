import CTLS
import Glibc

/// One connection's TLS, over a non-blocking socket that it does not close.
///
/// `@unchecked Sendable`: used by one queue or thread at a time, handed over as a whole.
final class TLSStream: @unchecked Sendable {
    enum Progress: Equatable {
        case done
        case wantsReading
        case wantsWriting
        case failed
    }

    /// The most that one record carries (RFC 8446 §5.1).
    private static let recordBytes = 16 * 1024

    let descriptor: Int32
    private let handle: OpaquePointer
    /// Reading goes on once the socket takes something, or writing once something has come (RFC 8446 §4.6.3: a change of
    /// keys wants an answer).
    private(set) var readWaitsForRoom = false
    private(set) var writeWaitsForBytes = false
    /// After an error OpenSSL must not be asked for anything more.
    private var isBroken: Bool { brokenBy != 0 }
    /// An errno, negated.
    private var brokenBy = 0
    /// What was wrong.
    private(set) var failure: (reason: Int, text: String) = (0, "")
    /// The subject of the certificate that the other side has shown (RFC 2253), once the handshake is done.
    private(set) var peerSubject: String?

    init?(_ context: TLSContext, descriptor: Int32) {
        ERR_clear_error()
        guard let handle = SSL_new(context.handle) else { return nil }
        guard plateau_tls_attach(handle, descriptor) == 1 else {
            SSL_free(handle)
            return nil
        }
        self.handle = handle
        self.descriptor = descriptor
    }

    deinit { SSL_free(handle) }

    // MARK: - Handshake

    /// Takes the handshake as far as it goes; call again when the socket is ready.
    func accept() -> Progress { shake { SSL_accept(handle) } }

    func connect() -> Progress { shake { SSL_connect(handle) } }

    /// A client's: whom it means to speak to.
    /// - Parameter host: a name, which the server is told (RFC 6066 §3), or an address.
    func expect(_ host: String) {
        let parameters = SSL_get0_param(handle)
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return }
        ERR_clear_error()
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        // A name that cannot be set must not mean that any is taken.
        if SSL_set1_host(handle, host) != 1 || plateau_tls_set_server_name(handle, host) != 1 {
            brokenBy = -Int(EINVAL)
        }
    }

    /// Why the other side's certificate was refused (`X509_V_OK` where it was not), and the names it has.
    var verification: (code: Int, text: String, names: String) {
        let code = SSL_get_verify_result(handle)
        let names = plateau_tls_refused(handle).map(TLSContext.names) ?? ""
        return (code, String(cString: X509_verify_cert_error_string(code)), names)
    }

    private func shake(_ step: () -> Int32) -> Progress {
        guard !isBroken else { return .failed }
        ERR_clear_error()
        let result = step()
        if result == 1 {
            if let certificate = SSL_get1_peer_certificate(handle) {
                peerSubject = TLSContext.subject(certificate)
                X509_free(certificate)
            }
            return .done
        }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return .wantsReading
        case SSL_ERROR_WANT_WRITE: return .wantsWriting
        default:
            fail()
            return .failed
        }
    }

    // MARK: - Content

    /// Reads whole records while the buffer has room for one and the last was full: what is left then is in the socket,
    /// where the loop sees it.
    /// - Returns: bytes read, 0 at the end, or an errno, negated.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        precondition(buffer.count >= Self.recordBytes)
        var filled = 0
        while buffer.count - filled >= Self.recordBytes {
            // Within bounds: OpenSSL writes at most as many bytes as it is told.
            let count = read(buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
            guard count > 0 else {
                if filled == 0 { return count }
                // An end or an error is met again by the next read, for which nothing need come over the socket.
                if count != -Int(EAGAIN) { readWaitsForRoom = true }
                return filled
            }
            filled += count
            if count < Self.recordBytes, SSL_pending(handle) == 0 { break }
        }
        return filled
    }

    private func read(_ start: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard !isBroken else { return brokenBy }
        ERR_clear_error()
        readWaitsForRoom = false
        let result = SSL_read(handle, start, Int32(clamping: count))
        guard result <= 0 else { return Int(result) }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ: return -Int(EAGAIN)
        case SSL_ERROR_WANT_WRITE:
            readWaitsForRoom = true
            return -Int(EAGAIN)
        case SSL_ERROR_ZERO_RETURN: return 0
        default: return fail()
        }
    }

    /// - Returns: bytes taken, or an errno, negated. What was not taken must come first in the next call.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard !isBroken else { return brokenBy }
        guard !bytes.isEmpty else { return 0 }
        ERR_clear_error()
        writeWaitsForBytes = false
        // Within bounds: OpenSSL reads at most as many bytes as it is told.
        let result = SSL_write(handle, bytes.baseAddress, Int32(clamping: bytes.count))
        guard result <= 0 else { return Int(result) }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_WRITE: return -Int(EAGAIN)
        case SSL_ERROR_WANT_READ:
            writeWaitsForBytes = true
            return -Int(EAGAIN)
        default: return fail()
        }
    }

    /// Decrypted bytes that wait to be read.
    var hasPending: Bool { SSL_pending(handle) > 0 }

    /// Whether what has come is content, or the connection's end, and not a message of TLS itself such as a ticket.
    func hasContent() -> Bool {
        guard !isBroken else { return true }
        ERR_clear_error()
        var byte: UInt8 = 0
        let result = SSL_peek(handle, &byte, 1)
        guard result <= 0 else { return true }
        switch SSL_get_error(handle, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return false
        case SSL_ERROR_ZERO_RETURN: return true
        default:
            fail()
            return true
        }
    }

    /// Tells the other side that nothing more comes (RFC 8446 §6.1), as far as the socket takes it.
    func finishSending() {
        guard !isBroken, SSL_is_init_finished(handle) == 1 else { return }
        ERR_clear_error()
        if SSL_shutdown(handle) < 0 { ERR_clear_error() }
    }

    @discardableResult private func fail() -> Int {
        // Without an entry in OpenSSL's queue it was the socket.
        let code = errno
        failure = TLSContext.takeError()
        if failure.text.isEmpty {
            brokenBy = -Int(code == 0 || code == EAGAIN ? ECONNRESET : code)
        } else {
            brokenBy = failure.reason == plateau_tls_unexpected_end ? -Int(ECONNRESET) : -Int(EPROTO)
        }
        return brokenBy
    }
}
