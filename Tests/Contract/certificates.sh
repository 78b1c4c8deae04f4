# Sourced by the checks of TLS: a certificate as an authority would give it, in $work/server.pem with its key in
# $work/server.key, the authority's in $work/ca.pem. testssl looks for a way to hear of revocation, which nobody answers
# here.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" \
    -days 200 -subj "/CN=Check Authority" -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
openssl req -x509 -newkey rsa:3072 -nodes -keyout "$work/server.key" -out "$work/server.pem" -days 200 \
    -CA "$work/ca.pem" -CAkey "$work/ca.key" \
    -subj "/CN=localhost" -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
    -addext extendedKeyUsage=serverAuth -addext crlDistributionPoints=URI:http://127.0.0.1:9/authority.crl 2>/dev/null
