/*
 * A WebSocket client: sends what it is given, prints what comes back, closes.
 * It sends and receives at the same time, so that neither end waits for the
 * other for ever. See README.md beside this file.
 */
#include "cases.h"
#include "incoming.h"
#include "opening.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds for the server to close the stream. */
#define LINGER_TIME 5000

enum exit_code {
  ALL_IS_WELL = 0,
  NO_CONNECTION = 2,
  LOST = 3,
  NOT_AS_WANTED = 4,
  BROKEN_PROTOCOL = 5
};

struct client {
  struct client_options options;
  struct outbox outbox;
  struct opening opening;
  struct transport transport;
  struct incoming incoming;

  char *line; /* of standard input, as far as it is known */
  size_t line_length, line_room;

  int waits_for_pong;
  int close_sent, close_finished, close_received;
  long long deadline; /* of the close, 0 before */
  int failed;         /* an exit code, or 0 */
};

static void fail(struct client *client, int code, const char *what,
                 const char *why) {
  incoming_end_line(&client->incoming);
  printf("= %s: %s\n", what, why);
  client->failed = code;
}

/* ---- sending ---- */

static void send_buffer(struct client *client, WEB_SOCKET_BUFFER_TYPE type,
                        WEB_SOCKET_BUFFER *buffer) {
  HRESULT hr = WebSocketSend(client->transport.handle, type, buffer, NULL);
  if (hr != S_OK) {
    fail(client, LOST, "cannot send", text_hresult(hr));
  }
}

static void send_ping(struct client *client) {
  puts("> ping");
  client->waits_for_pong = 1;
  send_buffer(client, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL);
}

/* `close` may point into the receive buffer, which stays until it is sent. */
static void send_close(struct client *client, WEB_SOCKET_BUFFER close) {
  incoming_end_line(&client->incoming);
  fputs("> close: ", stdout);
  text_close(stdout, &close);
  putchar('\n');
  client->close_sent = 1;
  client->deadline = net_now() + (long long)client->options.timeout;
  send_buffer(client, WEB_SOCKET_CLOSE_BUFFER_TYPE, &close);
}

static int everything_sent(const struct client *client) {
  return client->outbox.sending == NULL && !client->options.reads_input;
}

static int everything_came(const struct client *client) {
  const struct client_options *options = &client->options;
  if (client->waits_for_pong || options->receive == RECEIVE_ALL) {
    return 0;
  }
  return client->incoming.messages >= (options->receive == RECEIVE_AS_SENT
                                           ? client->outbox.added
                                           : (unsigned long)options->receive);
}

/* Queues what comes next, if it is time. */
static void send_next(struct client *client) {
  WEB_SOCKET_BUFFER_TYPE type;
  WEB_SOCKET_BUFFER buffer;
  if (client->close_sent) {
    return;
  }
  if (outbox_piece(&client->outbox, client->options.fragment, &type, &buffer)) {
    send_buffer(client, type, &buffer);
  } else if (everything_sent(client) && everything_came(client)) {
    memset(&buffer, 0, sizeof buffer);
    buffer.CloseStatus.usStatus = client->options.close_status;
    buffer.CloseStatus.pbReason = (PBYTE)client->options.close_reason;
    buffer.CloseStatus.ulReasonLength =
        (ULONG)strlen(client->options.close_reason);
    send_close(client, buffer);
  }
}

static void sent(struct client *client, WEB_SOCKET_BUFFER_TYPE type) {
  const struct message *message = client->outbox.sending;
  if (type == WEB_SOCKET_CLOSE_BUFFER_TYPE) {
    client->close_finished = 1;
    return;
  }
  if (type == WEB_SOCKET_PING_PONG_BUFFER_TYPE) {
    return;
  }
  if (text_is_last(type)) {
    incoming_end_line(&client->incoming);
    printf("> %s, %lu octets\n", text_type(type),
           (unsigned long)message->length);
    if (!client->options.expect_echo) {
      outbox_came_back(&client->outbox);
    }
  }
  outbox_sent(&client->outbox);
}

/* ---- receiving ---- */

static void received_close(struct client *client, WEB_SOCKET_BUFFER *close) {
  incoming_end_line(&client->incoming);
  fputs("< close: ", stdout);
  text_close(stdout, close);
  putchar('\n');
  client->close_received = 1;
  if (!client->close_sent) { /* the server began: answer with the same */
    send_close(client, *close);
  }
}

static void received(struct client *client, struct transport_event *event) {
  switch (event->type) {
  case WEB_SOCKET_CLOSE_BUFFER_TYPE:
    received_close(client, &event->buffer);
    return;
  case WEB_SOCKET_PING_PONG_BUFFER_TYPE:
    incoming_end_line(&client->incoming);
    puts("< pong");
    client->waits_for_pong = 0;
    break;
  default:
    incoming_piece(&client->incoming, &client->outbox, event->type,
                   &event->buffer);
  }
  transport_release(&client->transport);
}

/* The close is our last word, so it goes out before we give up. */
static void fault(struct client *client, const struct transport_event *event) {
  WEB_SOCKET_BUFFER close;
  fail(client, BROKEN_PROTOCOL, "protocol error", text_hresult(event->hr));
  memset(&close, 0, sizeof close);
  close.CloseStatus.usStatus = event->status;
  if (!client->close_sent) {
    send_close(client, close);
  }
}

/* ---- standard input ---- */

static void take_line(struct client *client, size_t length) {
  unsigned char *octets = malloc(length + 1);
  if (octets != NULL) {
    memcpy(octets, client->line, length);
  }
  if (octets == NULL || !outbox_add(&client->outbox, 1, octets, length)) {
    fail(client, LOST, "lost", "out of memory");
  }
}

static void take_lines(struct client *client) {
  char *end;
  while ((end = memchr(client->line, '\n', client->line_length)) != NULL) {
    size_t length = (size_t)(end - client->line), text_length = length;
#ifdef _WIN32
    if (length > 0 && end[-1] == '\r') { /* lines end with \r\n there */
      text_length--;
    }
#endif
    take_line(client, text_length);
    client->line_length -= length + 1;
    memmove(client->line, end + 1, client->line_length);
  }
}

static void read_input(struct client *client) {
  long length;
  if (client->line_room - client->line_length < 4096) {
    size_t room = 2 * client->line_room + 4096;
    char *line = realloc(client->line, room);
    if (line == NULL) {
      fail(client, LOST, "lost", "out of memory");
      return;
    }
    client->line = line;
    client->line_room = room;
  }
  length = net_read_input(client->line + client->line_length,
                          client->line_room - client->line_length);
  if (length > 0) {
    client->line_length += (size_t)length;
    take_lines(client);
  } else if (length != NET_AGAIN) {
    client->options.reads_input = 0;
    if (client->line_length > 0) { /* a last line without its end */
      take_line(client, client->line_length);
    }
  }
}

/* ---- the conversation ---- */

/* Milliseconds to wait, -1 for ever. */
static long time_to_wait(const struct client *client, int what) {
  int idle = what & NET_INPUT && everything_came(client);
  if (client->options.timeout == 0 || (idle && !client->close_sent)) {
    return -1; /* a person may think as long as they like */
  }
  if (client->deadline != 0) {
    long long left = client->deadline - net_now();
    return left > 0 ? (long)left : 0;
  }
  return (long)client->options.timeout;
}

static void wait(struct client *client) {
  int ready, what = client->transport.wants;
  if (client->options.reads_input && client->outbox.sending == NULL &&
      !client->close_sent) {
    what |= NET_INPUT;
  }
  fflush(stdout); /* Windows has no streams that are buffered by lines */
  ready =
      stream_wait(client->transport.stream, what, time_to_wait(client, what));
  if (ready == 0) {
    fail(client, LOST, "lost", "nothing has moved for too long");
    return;
  }
  transport_ready(&client->transport, ready);
  if (ready & NET_INPUT) {
    read_input(client);
  }
}

/* One event. Returns 0 when the conversation is over. */
static int converse(struct client *client) {
  struct transport_event event;
  if (!client->failed) {
    send_next(client);
  }
  transport_next(&client->transport, &event);
  switch (event.kind) {
  case TRANSPORT_WAITS:
    wait(client);
    return client->failed == 0 || client->failed == BROKEN_PROTOCOL;
  case TRANSPORT_SENT:
    sent(client, event.type);
    break;
  case TRANSPORT_RECEIVED:
    received(client, &event);
    break;
  case TRANSPORT_FAULT:
    fault(client, &event);
    break;
  case TRANSPORT_ENDED:
    fail(client, LOST, "lost", event.why);
    break;
  }
  if (client->failed == BROKEN_PROTOCOL) {
    return !client->close_finished;
  }
  return client->failed == 0 &&
         !(client->close_finished && client->close_received);
}

static int verdict(struct client *client) {
  const struct client_options *options = &client->options;
  if (client->failed == BROKEN_PROTOCOL) { /* it may still be sending */
    stream_finish_within(&client->opening.stream, LINGER_TIME);
    stream_linger(&client->opening.stream, LINGER_TIME);
  }
  if (client->failed != 0) {
    return client->failed;
  }
  /* The server closes the stream first, RFC 6455 section 7.1.1. */
  stream_linger(&client->opening.stream, LINGER_TIME);
  puts("= closed");
  if (!everything_sent(client) || client->incoming.any_wrong ||
      client->waits_for_pong ||
      (options->receive != RECEIVE_ALL && !everything_came(client))) {
    puts("= not as wanted");
    return NOT_AS_WANTED;
  }
  return ALL_IS_WELL;
}

static int run(struct client *client) {
  const char *problem = opening_run(&client->opening, &client->options);
  if (problem != NULL) {
    printf("= no connection: %s\n", problem);
    return NO_CONNECTION;
  }
  printf("= connected to %s port %s\n", client->options.url.host,
         client->options.url.port);
  if (client->opening.subprotocol != NULL) {
    printf("= subprotocol: %s\n", client->opening.subprotocol);
  }
  transport_start(&client->transport, &client->opening.stream,
                  client->opening.handle,
                  client->opening.head + client->opening.answer_length,
                  client->opening.head_length - client->opening.answer_length);
  if (client->options.ping) {
    send_ping(client);
  }
  while (converse(client)) {
  }
  return verdict(client);
}

static int run_cases(const struct client_options *options) {
  const char *problem = cases_run(options);
  if (problem != NULL) {
    printf("= cases not run: %s\n", problem);
    return NO_CONNECTION;
  }
  return ALL_IS_WELL;
}

int main(int count, char **arguments) {
  static struct client client;
  int code;
  setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
  code = net_start(&count, &arguments)
             ? client_options(&client.options, &client.outbox, count, arguments)
             : NO_CONNECTION;
  if (code == -1) {
    client.opening.stream.socket = NET_NONE;
    client.incoming.compares = client.options.expect_echo;
    code = client.options.agent != NULL ? run_cases(&client.options)
                                        : run(&client);
    if (client.transport.handle != NULL) {
      transport_free(&client.transport);
    } else {
      WebSocketDeleteHandle(client.opening.handle);
    }
    stream_end(&client.opening.stream);
  }
  tls_context_free(client.options.tls);
  outbox_free(&client.outbox);
  free(client.line);
  return code;
}
