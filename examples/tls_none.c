/* A program without TLS. There is no context, so the rest is never called. */
#include "tls.h"

struct tls_context *tls_for_server(const char *file) {
  (void)file;
  return NULL;
}

struct tls_context *tls_for_client(const char *file) {
  (void)file;
  return NULL;
}

const char *tls_problem(void) {
  return "this program was built without OpenSSL, it has no TLS";
}

void tls_context_free(struct tls_context *context) { (void)context; }

struct tls *tls_new(struct tls_context *context, net_socket socket,
                    const char *host) {
  (void)context;
  (void)socket;
  (void)host;
  return NULL;
}

void tls_free(struct tls *tls) { (void)tls; }

long tls_read(struct tls *tls, void *octets, size_t room, int *waits) {
  (void)tls;
  (void)octets;
  (void)room;
  (void)waits;
  return NET_FAILED;
}

long tls_write(struct tls *tls, const struct net_part *parts, int count,
               int *waits) {
  (void)tls;
  (void)parts;
  (void)count;
  (void)waits;
  return NET_FAILED;
}

int tls_finish(struct tls *tls) {
  (void)tls;
  return 1;
}

int tls_is_open(const struct tls *tls) {
  (void)tls;
  return 1;
}

int tls_pending(const struct tls *tls) {
  (void)tls;
  return 0;
}

const char *tls_error(const struct tls *tls) {
  (void)tls;
  return tls_problem();
}
