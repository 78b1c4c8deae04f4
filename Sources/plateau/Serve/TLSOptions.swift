import ArgumentParser

/// The flags of `serve` about TLS.
struct TLSOptions: ParsableArguments {
    @Option(help: "A PEM file with the server's certificate and those between it and its root: serve HTTPS.")
    var tlsCert: String?

    @Option(help: "A PEM file with the certificate's private key. (default: the file of --tls-cert)")
    var tlsKey: String?

    @Option(help: "A PEM file of authorities: clients must show a certificate that one of them has signed.")
    var tlsClientCa: String?

    @Flag(help: "Let clients without a certificate in as well.")
    var tlsClientOptional = false

    /// By the keys of settings.
    var values: [String: [String]] {
        var values: [String: [String]] = [:]
        values["tls_cert"] = tlsCert.map { [$0] }
        values["tls_key"] = tlsKey.map { [$0] }
        values["tls_client_ca"] = tlsClientCa.map { [$0] }
        if tlsClientOptional { values["tls_client_optional"] = ["true"] }
        return values
    }
}
