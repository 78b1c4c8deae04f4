#include "CTLS.h"

#include <errno.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int plateau_tls_harden(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_security_level(context, 2);
    // An idle connection gives its buffers back. What SSL_write could not send may have moved when it is tried again.
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                                            "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                                            "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305") &&
           SSL_CTX_set_ciphersuites(context,
                                    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384");
}

static int choose_protocol(SSL *connection, const unsigned char **chosen, unsigned char *length,
                           const unsigned char *offered, unsigned int offered_length, void *unused) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)connection, (void)unused;
    int result =
        SSL_select_next_proto((unsigned char **)chosen, length, ours, sizeof ours - 1, offered, offered_length);
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int plateau_tls_set_up_server(SSL_CTX *context) {
    static const unsigned char id[] = "plateau";
    SSL_CTX_set_options(context,
                        SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return SSL_CTX_set_session_id_context(context, id, sizeof id - 1);
}

static int refused_index = -1;
static pthread_once_t refused_once = PTHREAD_ONCE_INIT;

static void free_refused(void *parent, void *certificate, CRYPTO_EX_DATA *data, int index, long number, void *pointer) {
    (void)parent, (void)data, (void)index, (void)number, (void)pointer;
    X509_free(certificate);
}

static void make_refused_index(void) { refused_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_refused); }

// OpenSSL forgets the certificate that it refuses, of which the client should hear the names.
static int keep_refused(int is_good, X509_STORE_CTX *store) {
    if (is_good) return 1;
    SSL *connection = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    X509 *certificate = X509_STORE_CTX_get0_cert(store);
    if (!connection || !certificate || SSL_get_ex_data(connection, refused_index)) return 0;
    if (X509_up_ref(certificate) && !SSL_set_ex_data(connection, refused_index, certificate)) X509_free(certificate);
    return 0;
}

X509 *plateau_tls_refused(SSL *connection) { return SSL_get_ex_data(connection, refused_index); }

int plateau_tls_set_up_client(SSL_CTX *context) {
    static const unsigned char ours[] = "\x08http/1.1";
    pthread_once(&refused_once, make_refused_index);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, keep_refused);
    return SSL_CTX_set_alpn_protos(context, ours, sizeof ours - 1) == 0;
}

int plateau_tls_renew_ticket_keys(SSL_CTX *context) {
    unsigned char keys[80];
    long length = SSL_CTX_get_tlsext_ticket_keys(context, NULL, 0);
    if (length <= 0 || (size_t)length > sizeof keys || RAND_bytes(keys, (int)length) != 1) return 0;
    int result = SSL_CTX_set_tlsext_ticket_keys(context, keys, length) == 1;
    OPENSSL_cleanse(keys, sizeof keys);
    return result;
}

static int no_passphrase(char *text, int capacity, int writing, void *unused) {
    (void)text, (void)capacity, (void)writing, (void)unused;
    return -1;
}

void plateau_tls_ask_no_passphrase(SSL_CTX *context) { SSL_CTX_set_default_passwd_cb(context, no_passphrase); }

// OpenSSL's own socket BIO uses write(2), which raises SIGPIPE.
static int socket_write(BIO *bio, const char *bytes, int count) {
    ssize_t sent;
    do sent = send((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (sent < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
    return (int)sent;
}

static int socket_read(BIO *bio, char *bytes, int capacity) {
    ssize_t received;
    do received = recv((int)(intptr_t)BIO_get_data(bio), bytes, (size_t)capacity, 0);
    while (received < 0 && errno == EINTR);
    BIO_clear_retry_flags(bio);
    if (received < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
    if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return (int)received;
}

static long socket_control(BIO *bio, int command, long number, void *pointer) {
    (void)number, (void)pointer;
    if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *socket_method;

static void make_socket_method(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "plateau socket");
    if (method && BIO_meth_set_write(method, socket_write) && BIO_meth_set_read(method, socket_read) &&
        BIO_meth_set_ctrl(method, socket_control))
        socket_method = method;
}

int plateau_tls_attach(SSL *connection, int descriptor) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_socket_method);
    BIO *bio = socket_method ? BIO_new(socket_method) : NULL;
    if (!bio) return 0;
    BIO_set_data(bio, (void *)(intptr_t)descriptor);
    BIO_set_init(bio, 1);
    SSL_set_bio(connection, bio, bio);
    return 1;
}

int plateau_tls_set_server_name(SSL *connection, const char *name) {
    return SSL_set_tlsext_host_name(connection, name) == 1;
}

int plateau_tls_take_error(char *text, size_t capacity) {
    // The first error is the cause; those after it say what could not be done for it.
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_reason_error_string(code);
    snprintf(text, capacity, "%s", reason ? reason : ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : "");
    ERR_clear_error();
    return code && !ERR_SYSTEM_ERROR(code) ? ERR_GET_REASON(code) : 0;
}

static void take_text(BIO *memory, char *text, size_t capacity) {
    int length = BIO_read(memory, text, (int)capacity - 1);
    text[length > 0 ? length : 0] = 0;
    BIO_free(memory);
}

void plateau_tls_subject(X509 *certificate, char *text, size_t capacity) {
    text[0] = 0;
    BIO *memory = BIO_new(BIO_s_mem());
    if (!memory) return;
    X509_NAME_print_ex(memory, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    take_text(memory, text, capacity);
}

void plateau_tls_names(X509 *certificate, char *text, size_t capacity) {
    text[0] = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    BIO *memory = BIO_new(BIO_s_mem());
    for (int i = 0; memory && i < sk_GENERAL_NAME_num(names); i++) {
        if (i > 0) BIO_puts(memory, ", ");
        GENERAL_NAME_print(memory, sk_GENERAL_NAME_value(names, i));
    }
    GENERAL_NAMES_free(names);
    if (memory) take_text(memory, text, capacity);
}

int plateau_tls_days_left(X509 *certificate, int *begun) {
    int days = 0, seconds = 0;
    *begun = X509_cmp_current_time(X509_get0_notBefore(certificate)) < 0;
    if (!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate))) return -1;
    return days == 0 && seconds < 0 ? -1 : days;
}
