/*
 * libwebsockets for Autobahn|Testsuite: an echo server and a client that runs
 * the cases.
 *
 * What comes goes back piece by piece, and a piece is kept until the next time
 * that something can be written, as the library's own echo programs do with
 * permessage-deflate. Settings are those of these programs: permessage-deflate
 * offered and accepted, UTF-8 checked, 1024 octets at a time, 32 KiB for the
 * service. LIMIT says after how many pieces reading stops until some are gone.
 *
 * Usage: libwebsockets server | libwebsockets client URL
 */
#include <libwebsockets.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGENT "libwebsockets"
#define LIMIT 4096

struct piece {
  struct piece *next;
  size_t length;
  int is_binary, is_first, is_last;
  unsigned char octets[]; /* the first LWS_PRE are the library's */
};

struct session {
  struct piece *first, **end;
  size_t count;
  int stopped;    /* reading */
  int is_written; /* the first piece is, and waits for its end */
};

/* Of the client, which has one connection at a time. */
static struct {
  char number[32]; /* what /getCaseCount says, if `echoes` is 0 */
  int echoes, over, failed;
} visit;

static void begin(struct session *session) {
  memset(session, 0, sizeof *session);
  session->end = &session->first;
}

static void drop_first(struct session *session) {
  struct piece *piece = session->first;
  session->first = piece->next;
  if (session->first == NULL) {
    session->end = &session->first;
  }
  session->count--;
  free(piece);
}

static void end(struct session *session) {
  while (session->first != NULL) {
    drop_first(session);
  }
}

static int take(struct lws *wsi, struct session *session, const void *octets,
                size_t length) {
  struct piece *piece = malloc(sizeof *piece + LWS_PRE + length);
  if (piece == NULL) {
    return -1;
  }
  piece->next = NULL;
  piece->length = length;
  piece->is_binary = lws_frame_is_binary(wsi);
  piece->is_first = lws_is_first_fragment(wsi);
  piece->is_last = lws_is_final_fragment(wsi);
  if (length > 0) {
    memcpy(piece->octets + LWS_PRE, octets, length);
  }
  *session->end = piece;
  session->end = &piece->next;
  if (++session->count >= LIMIT && !session->stopped) {
    session->stopped = 1;
    lws_rx_flow_control(wsi, 0);
  }
  lws_callback_on_writable(wsi);
  return 0;
}

static int give(struct lws *wsi, struct session *session) {
  struct piece *piece;
  int flags;
  if (session->is_written) {
    session->is_written = 0;
    drop_first(session);
    if (session->stopped && session->count < LIMIT / 2) {
      session->stopped = 0;
      lws_rx_flow_control(wsi, 1);
    }
  }
  piece = session->first;
  if (piece == NULL) {
    return 0;
  }
  flags =
      lws_write_ws_flags(piece->is_binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                         piece->is_first, piece->is_last);
  if (lws_write(wsi, piece->octets + LWS_PRE, piece->length,
                (enum lws_write_protocol)flags) < (int)piece->length) {
    return -1;
  }
  session->is_written = 1;
  lws_callback_on_writable(wsi);
  return 0;
}

static int take_in_client(struct lws *wsi, struct session *session,
                          const void *octets, size_t length) {
  if (visit.echoes) {
    return take(wsi, session, octets, length);
  }
  snprintf(visit.number, sizeof visit.number, "%.*s", (int)length,
           (const char *)octets);
  return 0;
}

static int on_event(struct lws *wsi, enum lws_callback_reasons reason,
                    void *user, void *octets, size_t length) {
  switch (reason) {
  case LWS_CALLBACK_ESTABLISHED:
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    begin(user);
    return 0;
  case LWS_CALLBACK_RECEIVE:
    return take(wsi, user, octets, length);
  case LWS_CALLBACK_CLIENT_RECEIVE:
    return take_in_client(wsi, user, octets, length);
  case LWS_CALLBACK_SERVER_WRITEABLE:
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    return give(wsi, user);
  case LWS_CALLBACK_CLOSED:
    end(user);
    return 0;
  case LWS_CALLBACK_CLIENT_CLOSED:
    end(user);
    visit.over = 1;
    return 0;
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    fprintf(stderr, "libwebsockets: no connection: %s\n",
            octets != NULL ? (const char *)octets : "no reason given");
    visit.over = visit.failed = 1;
    return 0;
  default:
    return lws_callback_http_dummy(wsi, reason, user, octets, length);
  }
}

static const struct lws_protocols protocols[] = {
    {"echo", on_event, sizeof(struct session), 1024, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0}};

static const struct lws_extension extensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate,
     "permessage-deflate; client_no_context_takeover; client_max_window_bits"},
    {NULL, NULL, NULL}};

static struct lws_context *create(int port) {
  struct lws_context_creation_info info;
  struct lws_context *context;
  memset(&info, 0, sizeof info);
  info.port = port;
  info.iface = "127.0.0.1";
  info.protocols = protocols;
  info.extensions = extensions;
  info.pt_serv_buf_size = 32 * 1024;
  info.options = LWS_SERVER_OPTION_VALIDATE_UTF8;
  lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
  context = lws_create_context(&info);
  if (context == NULL) {
    fputs("libwebsockets: no context\n", stderr);
    exit(1);
  }
  return context;
}

static int serve(void) {
  struct lws_context *context = create(0);
  struct lws_vhost *host = lws_get_vhost_by_name(context, "default");
  printf("listening on ws://127.0.0.1:%d\n", lws_get_vhost_listen_port(host));
  fflush(stdout);
  while (lws_service(context, 0) >= 0) {
  }
  return 1;
}

/* Returns 0 if there is no connection. */
static int run_visit(struct lws_context *context, const char *host, int port,
                     const char *path) {
  struct lws_client_connect_info info;
  char authority[64];
  memset(&info, 0, sizeof info);
  snprintf(authority, sizeof authority, "%s:%d", host, port);
  info.context = context;
  info.address = host;
  info.port = port;
  info.path = path;
  info.host = info.origin = authority;
  info.local_protocol_name = protocols[0].name;
  visit.over = visit.failed = 0;
  if (lws_client_connect_via_info(&info) == NULL) {
    return 0;
  }
  while (!visit.over) {
    if (lws_service(context, 0) < 0) {
      return 0;
    }
  }
  return !visit.failed;
}

static int run_cases(const char *host, int port) {
  struct lws_context *context = create(CONTEXT_PORT_NO_LISTEN);
  char path[64];
  int number, count, well;
  visit.echoes = 0;
  well = run_visit(context, host, port, "/getCaseCount");
  count = atoi(visit.number);
  visit.echoes = 1;
  for (number = 1; well && number <= count; number++) {
    snprintf(path, sizeof path, "/runCase?case=%d&agent=" AGENT, number);
    well = run_visit(context, host, port, path);
  }
  well = well && count > 0 &&
         run_visit(context, host, port, "/updateReports?agent=" AGENT);
  lws_context_destroy(context);
  return well ? 0 : 1;
}

int main(int count, char **arguments) {
  char host[32];
  int port;
  if (count == 2 && strcmp(arguments[1], "server") == 0) {
    return serve();
  }
  if (count == 3 && strcmp(arguments[1], "client") == 0 &&
      sscanf(arguments[2], "ws://%31[0-9.]:%d", host, &port) == 2) {
    return run_cases(host, port);
  }
  fputs("usage: libwebsockets server | libwebsockets client URL\n", stderr);
  return 2;
}
