/// How a server speaks TLS: versions 1.2 and 1.3, with ciphers that authenticate and have forward secrecy.
public struct TLSConfiguration: Sendable, Hashable {
    /// Whether clients are to show certificates of their own.
    public enum ClientCertificates: Sendable, Hashable {
        case notAsked
        /// Asked for; one that is shown must be good, but a client without is let in.
        case requested(caFile: String)
        case required(caFile: String)
    }

    /// A PEM file: the server's certificate, then those between it and its root.
    public var certificateFile: String
    /// A PEM file: the certificate's private key, not encrypted. May be the same file.
    public var keyFile: String
    /// The default is not to ask. `caFile` is a PEM file of those who may have signed them.
    public var clientCertificates = ClientCertificates.notAsked

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// How a client checks the server that it speaks TLS to. Certificate chain and host name always are.
public struct TLSTrust: Sendable, Hashable {
    /// A PEM file of certificates to trust besides the system's, such as a lab's own authority or a self-signed
    /// server. The default is none.
    public var caFile: String?
    /// PEM files to show to a server that asks for them. The default is none.
    public var certificateFile: String?
    public var keyFile: String?

    public init() {}
}

/// What is wrong with a certificate, a key or the other side's TLS.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file or, on a connection, empty.
    public var subject: String
    /// What was wrong with it and, where it helps, what to do.
    public var detail: String

    public var description: String { subject.isEmpty ? detail : "\(subject): \(detail)" }
}
