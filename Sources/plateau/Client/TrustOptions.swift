import ArgumentParser
import HTTP

/// Whom a client takes for the server over HTTPS, and what it shows.
struct TrustOptions: ParsableArguments {
    @Option(
        help:
            "A PEM file with the certificate of the server's authority, or its own, to trust besides the system's. Also PLATEAU_CA_FILE."
    )
    var caFile: String?

    @Option(help: "A PEM file with a certificate to show to a server that asks for one. Also PLATEAU_CLIENT_CERT.")
    var clientCert: String?

    @Option(help: "A PEM file with its key. Also PLATEAU_CLIENT_KEY. (default: the file of --client-cert)")
    var clientKey: String?

    func trust(_ environment: [String: String]) -> TLSTrust {
        var trust = TLSTrust()
        trust.caFile = caFile ?? environment["PLATEAU_CA_FILE"]
        trust.certificateFile = clientCert ?? environment["PLATEAU_CLIENT_CERT"]
        trust.keyFile = clientKey ?? environment["PLATEAU_CLIENT_KEY"]
        return trust
    }
}
