/*
 * An echo server on libwebsockets, with one thread as the others have. A
 * message is kept until it is whole and goes back as one frame when the socket
 * takes it, as the library wants. Buffers are as large as ours, and libuv is
 * the loop: the library's own asks poll about every connection each time.
 */
#include <libwebsockets.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many descriptors as the client's largest row takes, and some. */
#define MOST_DESCRIPTORS 2048

struct session {
  unsigned char *message; /* behind LWS_PRE octets for the header */
  size_t length, room;
  enum lws_write_protocol kind;
  int is_whole;
};

static int keep(struct session *session, const void *octets, size_t length) {
  size_t needed = session->length + length;
  if (needed > session->room) {
    unsigned char *larger = realloc(session->message, LWS_PRE + 2 * needed);
    if (larger == NULL) {
      return 0;
    }
    session->message = larger;
    session->room = 2 * needed;
  }
  memcpy(session->message + LWS_PRE + session->length, octets, length);
  session->length = needed;
  return 1;
}

/* Returns -1, which ends the connection, when something cannot be. */
static int receive(struct lws *wsi, struct session *session, const void *octets,
                   size_t length) {
  if (session->is_whole) {
    return -1; /* the client sends the next one after the echo */
  }
  if (!keep(session, octets, length)) {
    return -1;
  }
  if (lws_is_first_fragment(wsi)) {
    session->kind =
        lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
  }
  if (lws_is_final_fragment(wsi)) {
    session->is_whole = 1;
    lws_callback_on_writable(wsi);
  }
  return 0;
}

static int send_back(struct lws *wsi, struct session *session) {
  int written;
  if (!session->is_whole) {
    return 0;
  }
  written = lws_write(wsi, session->message + LWS_PRE, session->length,
                      session->kind);
  if (written < (int)session->length) {
    return -1;
  }
  session->length = 0;
  session->is_whole = 0;
  return 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *octets, size_t length) {
  struct session *session = user;
  switch (reason) {
  case LWS_CALLBACK_RECEIVE:
    return receive(wsi, session, octets, length);
  case LWS_CALLBACK_SERVER_WRITEABLE:
    return send_back(wsi, session);
  case LWS_CALLBACK_CLOSED:
    free(session->message);
    session->message = NULL;
    return 0;
  default:
    return lws_callback_http_dummy(wsi, reason, user, octets, length);
  }
}

int main(int count, char **arguments) {
  struct lws_protocols protocols[2] = {
      {"echo", callback, sizeof(struct session), 0, 0, NULL, 0}};
  struct lws_context_creation_info info;
  struct lws_context *context;
  struct lws_vhost *vhost;
  lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
  if (count != 2) {
    fprintf(stderr, "usage: %s BUFFER\n", arguments[0]);
    return 2;
  }
  memset(&info, 0, sizeof info);
  info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  protocols[0].rx_buffer_size = info.pt_serv_buf_size =
      (unsigned)strtoul(arguments[1], NULL, 10);
  info.fd_limit_per_thread = MOST_DESCRIPTORS;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  context = lws_create_context(&info);
  vhost = context != NULL ? lws_create_vhost(context, &info) : NULL;
  if (vhost == NULL) {
    fprintf(stderr, "libwebsockets: cannot listen\n");
    return 1;
  }
  printf("listening on http://127.0.0.1:%d/\n",
         lws_get_vhost_listen_port(vhost));
  fflush(stdout);
  lws_service(context, 0); /* with libuv: all there is to do */
  lws_context_destroy(context);
  return 0;
}
