import CTLS
import Glibc

extension ClientSocket {
    /// Why the handshake with a server failed, and what to do about it.
    static func failure(_ stream: TLSStream, host: String) -> Failure {
        switch stream.failure.reason {
        case plateau_tls_verify_failed:
            let (code, text, names) = stream.verification
            let advice =
                switch Int32(code) {
                case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
                    "its certificate is for \(names.isEmpty ? "no host" : names), not for \(host); "
                        + "use a name that is in it, or have \(host) added"
                case X509_V_ERR_CERT_HAS_EXPIRED:
                    "its certificate has expired; whoever runs the server has to renew it (is this machine's clock right?)"
                case X509_V_ERR_CERT_NOT_YET_VALID:
                    "its certificate is not valid yet; is this machine's clock right?"
                case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                    X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
                    "nobody this machine trusts has signed its certificate (\(text)); if the server is yours, name the "
                        + "certificate of its authority, or its own, with --ca-file or PLATEAU_CA_FILE"
                default: "its certificate does not hold: \(text)"
                }
            return .untrusted(advice)
        case plateau_tls_not_tls:
            return .tlsFailed("what answers there does not speak TLS; is it an http:// address?")
        case plateau_tls_unexpected_end:
            return .tlsFailed("the server closed the connection during the handshake")
        default:
            return stream.failure.text.isEmpty ? .failed(ECONNRESET) : .tlsFailed(stream.failure.text)
        }
    }
}
