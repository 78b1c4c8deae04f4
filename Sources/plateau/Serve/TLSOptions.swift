import ArgumentParser
import HTTP

/// The flags of `serve` about TLS; each is an environment variable as well.
struct TLSOptions: ParsableArguments {
    @Option(help: "A PEM file with the server's certificate and those between it and its root: serve HTTPS.")
    var tlsCert: String?

    @Option(help: "A PEM file with the certificate's private key. (default: the file of --tls-cert)")
    var tlsKey: String?

    @Option(help: "A PEM file of authorities: clients must show a certificate that one of them has signed.")
    var tlsClientCa: String?

    @Flag(help: "Let clients without a certificate in as well.")
    var tlsClientOptional = false

    /// Nil where no certificate is given.
    /// - Throws: `ValidationError`.
    func configuration(_ environment: [String: String]) throws -> TLSConfiguration? {
        let certificate = tlsCert ?? environment["PLATEAU_TLS_CERT"]
        let key = tlsKey ?? environment["PLATEAU_TLS_KEY"]
        let authorities = tlsClientCa ?? environment["PLATEAU_TLS_CLIENT_CA"]
        let isOptional = tlsClientOptional || environment["PLATEAU_TLS_CLIENT_OPTIONAL"] == "1"
        guard let certificate else {
            guard key == nil, authorities == nil else {
                throw ValidationError("--tls-key and --tls-client-ca need --tls-cert, the server's own certificate")
            }
            return nil
        }
        var configuration = TLSConfiguration(certificateFile: certificate, keyFile: key ?? certificate)
        if let authorities {
            configuration.clientCertificates =
                isOptional ? .requested(caFile: authorities) : .required(caFile: authorities)
        } else if isOptional {
            throw ValidationError("--tls-client-optional needs --tls-client-ca")
        }
        return configuration
    }
}
