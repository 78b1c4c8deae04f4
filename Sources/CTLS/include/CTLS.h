#ifndef PLATEAU_CTLS_H
#define PLATEAU_CTLS_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

// What Swift cannot see of OpenSSL's libssl, most of which are macros.

// TLS 1.2 and 1.3 with authenticated encryption and forward secrecy alone; no compression, no renegotiation. Returns 0
// where the library refuses.
int plateau_tls_harden(SSL_CTX *context);

// A server: its own order of ciphers, tickets instead of a cache of sessions, and http/1.1 or nothing by ALPN (RFC
// 7301: a client that offers other protocols alone gets no_application_protocol).
int plateau_tls_set_up_server(SSL_CTX *context);

// A client that offers http/1.1 and wants to see a good certificate.
int plateau_tls_set_up_client(SSL_CTX *context);

// The server's certificate that a client's handshake was given up for; the connection's own. NULL where there is none.
X509 *plateau_tls_refused(SSL *connection);

// New random keys for session tickets; what the old ones sealed is not taken any more.
int plateau_tls_renew_ticket_keys(SSL_CTX *context);

// No passphrase is asked for: an encrypted key cannot be read.
void plateau_tls_ask_no_passphrase(SSL_CTX *context);

// Has the connection read and write this non-blocking socket, without SIGPIPE. The socket is not closed with it.
int plateau_tls_attach(SSL *connection, int descriptor);

int plateau_tls_set_server_name(SSL *connection, const char *name);

// Writes what last went wrong on this thread, NUL-terminated, and empties the thread's queue of errors. Returns the
// reason's number, 0 where there is none.
int plateau_tls_take_error(char *text, size_t capacity);

// A certificate's subject (RFC 2253) as text, NUL-terminated; what is too long is cut.
void plateau_tls_subject(X509 *certificate, char *text, size_t capacity);

// The names and addresses a certificate is for, separated by commas.
void plateau_tls_names(X509 *certificate, char *text, size_t capacity);

// Whole days from now until the certificate ends; negative where it has. `*begun` is 0 where it does not hold yet.
int plateau_tls_days_left(X509 *certificate, int *begun);

enum {
    plateau_tls_key_mismatch = X509_R_KEY_VALUES_MISMATCH,
    plateau_tls_key_of_other_type = X509_R_KEY_TYPE_MISMATCH,
    plateau_tls_no_pem = PEM_R_NO_START_LINE,
    plateau_tls_no_certificate = X509_R_NO_CERTIFICATE_OR_CRL_FOUND,
    plateau_tls_verify_failed = SSL_R_CERTIFICATE_VERIFY_FAILED,
    plateau_tls_not_tls = SSL_R_WRONG_VERSION_NUMBER,
    plateau_tls_unexpected_end = SSL_R_UNEXPECTED_EOF_WHILE_READING,
};

#endif
