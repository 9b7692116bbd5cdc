/*
 * TLS on a socket that does not block: tls_openssl.c has it, tls_none.c says
 * that the program was built without. Only stream.c and who makes a context
 * know of it.
 */
#ifndef TLS_H
#define TLS_H

#include "net.h"

struct tls_context; /* what all connections of a program share */
struct tls;         /* one connection */

/*
 * `file`, PEM: a server's private key and its certificate, followed by those
 * that lead to the root; or the certificates that a client trusts, NULL for
 * those that the system trusts. NULL on failure: tls_problem says why.
 */
struct tls_context *tls_for_server(const char *file);
struct tls_context *tls_for_client(const char *file);
const char *tls_problem(void);
void tls_context_free(struct tls_context *context);

/* `host`: whom a client wants to talk to, NULL on a server. NULL: no memory. */
struct tls *tls_new(struct tls_context *context, net_socket socket,
                    const char *host);
void tls_free(struct tls *tls);

/*
 * As net_read and net_write; after NET_AGAIN `waits` is what the socket has to
 * be. A write that returned NET_AGAIN has to be repeated with the same octets.
 */
long tls_read(struct tls *tls, void *octets, size_t room, int *waits);
long tls_write(struct tls *tls, const struct net_part *parts, int count,
               int *waits);

/* Sends close_notify; 0 when it has to wait until the socket is writable. */
int tls_finish(struct tls *tls);

/* Whether the handshake is done, and whether there are decrypted octets. */
int tls_is_open(const struct tls *tls);
int tls_pending(const struct tls *tls);

/* Why tls_read or tls_write has failed. */
const char *tls_error(const struct tls *tls);

#endif /* TLS_H */
