/*
 * TLS by OpenSSL. Its octets go through net_read and net_write by a BIO of our
 * own: so they take the same way as those of plain connections, also where a
 * peer that went away would otherwise end us (SIGPIPE).
 */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct tls_context {
  SSL_CTX *ssl;
  BIO_METHOD *method;
};

struct tls {
  SSL *ssl;
  net_socket socket;
  int open;      /* the handshake is done */
  int ended;     /* the peer has ended the connection below TLS */
  int finished;  /* close_notify is out */
  int failed;    /* OpenSSL must not be asked again */
  char why[192]; /* "": nothing has failed */
};

/* ---- words ---- */

static char problem[256];

const char *tls_problem(void) { return problem; }

/* The first of what OpenSSL has to say, which is the reason for the rest. */
static const char *first_reason(void) {
  unsigned long code = ERR_peek_error();
  const char *reason = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                              : ERR_reason_error_string(code);
  return reason != NULL ? reason : "an error without a name";
}

static int first_reason_is(int reason) {
  unsigned long code = ERR_peek_error();
  return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason;
}

static void note(struct tls *tls, const char *what, const char *why) {
  if (*tls->why == '\0') {
    snprintf(tls->why, sizeof tls->why, "%s%s", what, why);
  }
}

static void explain(struct tls *tls) {
  if (tls->ended) {
    note(tls, "the peer ended the connection ",
         tls->open ? "without TLS's close_notify" : "in the TLS handshake");
  } else if (first_reason_is(SSL_R_CERTIFICATE_VERIFY_FAILED)) {
    note(tls, "the peer's certificate: ",
         X509_verify_cert_error_string(SSL_get_verify_result(tls->ssl)));
  } else if (first_reason_is(SSL_R_HTTP_REQUEST)) {
    note(tls, "the peer speaks HTTP without TLS", "");
  } else if (first_reason_is(SSL_R_WRONG_VERSION_NUMBER) && !tls->open) {
    note(tls, "the peer does not speak TLS", "");
  } else {
    note(tls, "TLS: ", first_reason());
  }
}

/* ---- the octets below TLS ---- */

static int read_below(BIO *bio, char *octets, int room) {
  struct tls *tls = BIO_get_data(bio);
  long length = net_read(tls->socket, octets, (size_t)room);
  BIO_clear_retry_flags(bio);
  if (length == NET_AGAIN) {
    BIO_set_retry_read(bio);
  } else if (length == NET_FAILED) {
    note(tls, net_error(), "");
  }
  tls->ended = length == 0;
  return length >= 0 ? (int)length : -1;
}

static int write_below(BIO *bio, const char *octets, int count) {
  struct tls *tls = BIO_get_data(bio);
  struct net_part part;
  long length;
  part.octets = octets;
  part.length = (size_t)count;
  length = net_write(tls->socket, &part, 1);
  BIO_clear_retry_flags(bio);
  if (length == NET_AGAIN) {
    BIO_set_retry_write(bio);
  } else if (length == NET_FAILED) {
    note(tls, net_error(), "");
  }
  return length >= 0 ? (int)length : -1;
}

static long control_below(BIO *bio, int command, long number, void *pointer) {
  const struct tls *tls = BIO_get_data(bio);
  (void)number;
  (void)pointer;
  switch (command) {
  case BIO_CTRL_EOF:
    return tls->ended;
  case BIO_CTRL_FLUSH: /* nothing is kept back */
    return 1;
  default:
    return 0;
  }
}

static BIO_METHOD *new_method(void) {
  BIO_METHOD *method =
      BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "net");
  if (method != NULL) {
    BIO_meth_set_read(method, read_below);
    BIO_meth_set_write(method, write_below);
    BIO_meth_set_ctrl(method, control_below);
  }
  return method;
}

/* ---- what all connections share ---- */

void tls_context_free(struct tls_context *context) {
  if (context != NULL) {
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    free(context);
  }
}

static struct tls_context *new_context(const SSL_METHOD *method) {
  struct tls_context *context = calloc(1, sizeof *context);
  ERR_clear_error();
  if (context == NULL || (context->ssl = SSL_CTX_new(method)) == NULL ||
      (context->method = new_method()) == NULL ||
      !SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION)) {
    snprintf(problem, sizeof problem, "TLS: %s", first_reason());
    tls_context_free(context);
    return NULL;
  }
  SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION);
  /*
   * The octets of a write may lie elsewhere when it is repeated, for they are
   * gathered anew. An idle connection needs no buffers.
   */
  SSL_CTX_set_mode(context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                     SSL_MODE_RELEASE_BUFFERS);
  return context;
}

/* Returns the context if all went well with the file, otherwise NULL. */
static struct tls_context *usable(struct tls_context *context, int good,
                                  const char *what, const char *file) {
  if (good) {
    return context;
  }
  snprintf(problem, sizeof problem, "%s%s: %s", what, file, first_reason());
  tls_context_free(context);
  return NULL;
}

struct tls_context *tls_for_server(const char *file) {
  struct tls_context *context = new_context(TLS_server_method());
  if (context == NULL) {
    return NULL;
  }
  /* Clients keep their sessions in tickets; ours would outlive connections. */
  SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
  return usable(context,
                SSL_CTX_use_certificate_chain_file(context->ssl, file) == 1 &&
                    SSL_CTX_use_PrivateKey_file(context->ssl, file,
                                                SSL_FILETYPE_PEM) == 1,
                "no certificate with its private key in ", file);
}

struct tls_context *tls_for_client(const char *file) {
  struct tls_context *context = new_context(TLS_client_method());
  if (context == NULL) {
    return NULL;
  }
  SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
  if (file == NULL) {
    return usable(context, SSL_CTX_set_default_verify_paths(context->ssl) == 1,
                  "no certificates to trust", "");
  }
  /* Each certificate of the file is trusted, not only that of a root. */
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->ssl),
                              X509_V_FLAG_PARTIAL_CHAIN);
  return usable(context,
                SSL_CTX_load_verify_locations(context->ssl, file, NULL) == 1,
                "no certificates to trust in ", file);
}

/* ---- one connection ---- */

/* The server must be this one, and may have to know whom we mean (SNI). */
static int set_host(SSL *ssl, const char *host) {
  X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host)) {
    return 1; /* an address, which has no place in SNI */
  }
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
}

static int set_up(struct tls *tls, const BIO_METHOD *method, const char *host) {
  BIO *below = BIO_new(method);
  if (below == NULL) {
    return 0;
  }
  BIO_set_data(below, tls);
  BIO_set_init(below, 1);
  SSL_set_bio(tls->ssl, below, below);
  if (host == NULL) {
    SSL_set_accept_state(tls->ssl);
    return 1;
  }
  SSL_set_connect_state(tls->ssl);
  return set_host(tls->ssl, host);
}

struct tls *tls_new(struct tls_context *context, net_socket socket,
                    const char *host) {
  struct tls *tls = calloc(1, sizeof *tls);
  if (tls == NULL) {
    return NULL;
  }
  tls->socket = socket;
  tls->ssl = SSL_new(context->ssl);
  if (tls->ssl == NULL || !set_up(tls, context->method, host)) {
    tls_free(tls);
    return NULL;
  }
  return tls;
}

void tls_free(struct tls *tls) {
  if (tls != NULL) {
    SSL_free(tls->ssl);
    free(tls);
  }
}

int tls_is_open(const struct tls *tls) { return tls->open; }

int tls_pending(const struct tls *tls) {
  return !tls->failed && SSL_pending(tls->ssl) > 0;
}

const char *tls_error(const struct tls *tls) { return tls->why; }

/* What a call has come to that has not done what it was to do. */
static long outcome(struct tls *tls, int result, int *waits) {
  switch (SSL_get_error(tls->ssl, result)) {
  case SSL_ERROR_WANT_READ:
    *waits = NET_READABLE;
    return NET_AGAIN;
  case SSL_ERROR_WANT_WRITE:
    *waits = NET_WRITABLE;
    return NET_AGAIN;
  case SSL_ERROR_ZERO_RETURN: /* close_notify */
    return 0;
  default:
    explain(tls);
    tls->failed = 1;
    return NET_FAILED;
  }
}

/* Returns 1 once the handshake is done, else what tls_read would return. */
static long open_up(struct tls *tls, int *waits) {
  int result;
  if (tls->failed) {
    return NET_FAILED;
  }
  ERR_clear_error();
  if (tls->open) {
    return 1;
  }
  result = SSL_do_handshake(tls->ssl);
  tls->open = result == 1;
  return result == 1 ? 1 : outcome(tls, result, waits);
}

long tls_read(struct tls *tls, void *octets, size_t room, int *waits) {
  size_t length = 0;
  long result = open_up(tls, waits);
  if (result != 1) {
    return result;
  }
  if (SSL_read_ex(tls->ssl, octets, room, &length)) {
    return (long)length;
  }
  return outcome(tls, 0, waits);
}

/* As much as goes into one record: header and payload travel together. */
static size_t gather(char *record, const struct net_part *parts, int count) {
  size_t length = 0;
  int i;
  for (i = 0; i < count; i++) {
    size_t room = SSL3_RT_MAX_PLAIN_LENGTH - length;
    size_t more = parts[i].length < room ? parts[i].length : room;
    memcpy(record + length, parts[i].octets, more);
    length += more;
  }
  return length;
}

long tls_write(struct tls *tls, const struct net_part *parts, int count,
               int *waits) {
  char record[SSL3_RT_MAX_PLAIN_LENGTH];
  size_t length = gather(record, parts, count), written = 0;
  long result = open_up(tls, waits);
  if (result == 1) {
    if (SSL_write_ex(tls->ssl, record, length, &written)) {
      return (long)written;
    }
    result = outcome(tls, 0, waits);
  }
  if (result == 0) { /* in the handshake */
    note(tls, "the peer closed the connection", "");
    tls->failed = 1;
    return NET_FAILED;
  }
  return result;
}

int tls_finish(struct tls *tls) {
  int result;
  if (tls->failed || !tls->open || tls->finished) {
    return 1; /* before and after, nobody would understand it */
  }
  ERR_clear_error();
  result = SSL_shutdown(tls->ssl);
  tls->finished = result >= 0;
  return result >= 0 || SSL_get_error(tls->ssl, result) != SSL_ERROR_WANT_WRITE;
}
