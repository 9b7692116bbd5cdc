/*
 * The smallest complete use of the thirteen functions: a client and a server
 * in one process; two arrays stand for the network. Only C99 and websocket.h
 * are used, so that it also builds against Microsoft's library. It ends with 0
 * only if all came as expected.
 */
#ifdef _WIN32
#include <windows.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <websocket.h>

/* One direction of the network: octets on their way. */
struct wire {
  BYTE octets[1024];
  ULONG length;
};

/* One end of the connection. */
struct peer {
  const char *name;
  WEB_SOCKET_HANDLE handle;
  struct wire *in, *out;
  WEB_SOCKET_BUFFER read_buffer; /* where the library wants the next octets */
  PVOID read_action;             /* the action that asked for them, or NULL */
  int receiving;                 /* a receive is queued */
  int sends_done;
  WEB_SOCKET_BUFFER_TYPE got_type; /* what was received last */
  USHORT got_status;
  char got_text[128];
};

static void expect(int holds, const char *what) {
  if (!holds) {
    printf("this was expected and did not happen: %s\n", what);
    exit(1);
  }
}

static void check(HRESULT hr, const char *call) {
  if (hr != S_OK) {
    printf("%s failed: 0x%08lX\n", call, (unsigned long)hr & 0xFFFFFFFFul);
    exit(1);
  }
}

/* ---- the action loop ---- */

/* Sends the octets of one action. Returns how many there were. */
static ULONG write_to_wire(struct wire *out, const WEB_SOCKET_BUFFER *buffers,
                           ULONG count) {
  ULONG i, sum = 0;
  for (i = 0; i < count; i++) {
    ULONG length = buffers[i].Data.ulBufferLength;
    expect(length <= sizeof out->octets - out->length, "room on the wire");
    memcpy(out->octets + out->length, buffers[i].Data.pbBuffer, length);
    out->length += length;
    sum += length;
  }
  return sum;
}

/* Puts octets where the library wants them, as many as there are and fit. */
static ULONG read_from_wire(struct wire *in, const WEB_SOCKET_BUFFER *buffer) {
  ULONG length = buffer->Data.ulBufferLength;
  length = length < in->length ? length : in->length;
  memcpy(buffer->Data.pbBuffer, in->octets, length);
  in->length -= length;
  memmove(in->octets, in->octets + length, in->length);
  return length;
}

/* A message, a pong or the other end's close is here: copies what it says. */
static void take(struct peer *peer, WEB_SOCKET_BUFFER_TYPE type,
                 const WEB_SOCKET_BUFFER *buffer) {
  int closing = type == WEB_SOCKET_CLOSE_BUFFER_TYPE;
  const BYTE *text =
      closing ? buffer->CloseStatus.pbReason : buffer->Data.pbBuffer;
  ULONG length = closing ? buffer->CloseStatus.ulReasonLength
                         : buffer->Data.ulBufferLength;
  expect(length < sizeof peer->got_text, "room for what was received");
  memcpy(peer->got_text, length > 0 ? text : (const BYTE *)"", length);
  peer->got_text[length] = '\0';
  peer->got_status = closing ? buffer->CloseStatus.usStatus : 0;
  peer->got_type = type;
  peer->receiving = 0;
  printf("  %s: received %s \"%s\"\n", peer->name,
         closing                                    ? "the close"
         : type == WEB_SOCKET_PING_PONG_BUFFER_TYPE ? "a pong"
                                                    : "the text",
         peer->got_text);
}

/* Goes on until this end has nothing more to do. Returns whether it did any. */
static int run(struct peer *peer) {
  int busy = 0;
  for (;;) {
    WEB_SOCKET_BUFFER buffers[2];
    ULONG count = 2, octets = 0;
    WEB_SOCKET_ACTION action;
    WEB_SOCKET_BUFFER_TYPE type;
    PVOID application_context, action_context;

    /* Step 1: a read that was asked for earlier ends when octets have come. */
    if (peer->read_action != NULL && peer->in->length > 0) {
      octets = read_from_wire(peer->in, &peer->read_buffer);
      printf("  %s: %lu octets in\n", peer->name, (unsigned long)octets);
      WebSocketCompleteAction(peer->handle, peer->read_action, octets);
      peer->read_action = NULL;
      busy = 1;
    }

    /* Step 2: ask what to do. `count` goes in as room, comes out as number. */
    check(WebSocketGetAction(peer->handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers,
                             &count, &action, &type, &application_context,
                             &action_context),
          "WebSocketGetAction");

    /* Step 3: do it. */
    switch (action) {
    case WEB_SOCKET_NO_ACTION:
      return busy;
    case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
      peer->read_buffer = buffers[0];
      peer->read_action = action_context;
      continue; /* step 1 completes it; sends go on meanwhile */
    case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
      octets = write_to_wire(peer->out, buffers, count);
      printf("  %s: %lu octets out\n", peer->name, (unsigned long)octets);
      break;
    case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
      peer->sends_done++; /* what was given to WebSocketSend is free again */
      break;
    case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
      expect(count == 1, "one buffer with what was received");
      take(peer, type, &buffers[0]);
      break;
    }

    /* Step 4: report it. From here on the buffers are the library's again. */
    WebSocketCompleteAction(peer->handle, action_context, octets);
    busy = 1;
  }
}

/* ---- what the two ends say to each other ---- */

static void print_headers(const char *who, PWEB_SOCKET_HTTP_HEADER headers,
                          ULONG count) {
  ULONG i;
  for (i = 0; i < count; i++) {
    printf("  %s: %s: %s\n", who, headers[i].pcName, headers[i].pcValue);
  }
}

/* With sockets, these headers travel in a GET request and its 101 answer. */
static void handshake(struct peer *client, struct peer *server) {
  WEB_SOCKET_HTTP_HEADER request[16], *asked, *answered;
  ULONG asked_count, answered_count;
  request[0].pcName = (PCHAR) "Host";
  request[0].ulNameLength = 4;
  request[0].pcValue = (PCHAR) "localhost";
  request[0].ulValueLength = 9;
  check(WebSocketBeginClientHandshake(client->handle, NULL, 0, NULL, 0, request,
                                      1, &asked, &asked_count),
        "WebSocketBeginClientHandshake");
  expect(asked_count < 16, "a handful of headers");
  memcpy(&request[1], asked, asked_count * sizeof *asked);
  print_headers("client", request, asked_count + 1);
  check(WebSocketBeginServerHandshake(server->handle, NULL, NULL, 0, request,
                                      asked_count + 1, &answered,
                                      &answered_count),
        "WebSocketBeginServerHandshake");
  print_headers("server", answered, answered_count);
  check(WebSocketEndClientHandshake(client->handle, answered, answered_count,
                                    NULL, NULL, NULL),
        "WebSocketEndClientHandshake");
  check(WebSocketEndServerHandshake(server->handle),
        "WebSocketEndServerHandshake");
}

/* One receive gives one message, one pong or one close; no more after that. */
static void start_receive(struct peer *peer) {
  if (!peer->receiving && peer->got_type != WEB_SOCKET_CLOSE_BUFFER_TYPE) {
    check(WebSocketReceive(peer->handle, NULL, NULL), "WebSocketReceive");
    peer->receiving = 1;
  }
}

/* One end sends, then both run until all is quiet. */
static void send_to(struct peer *from, struct peer *to,
                    WEB_SOCKET_BUFFER_TYPE type, WEB_SOCKET_BUFFER *buffer) {
  int busy = 1, before = from->sends_done;
  start_receive(from);
  start_receive(to);
  check(WebSocketSend(from->handle, type, buffer, NULL), "WebSocketSend");
  while (busy) {
    busy = run(from);
    busy |= run(to);
  }
  expect(from->sends_done == before + 1, "the end of one send");
}

static void say(struct peer *from, struct peer *to, const char *text) {
  WEB_SOCKET_BUFFER buffer;
  printf("The %s says \"%s\".\n", from->name, text);
  buffer.Data.pbBuffer = (PBYTE)text;
  buffer.Data.ulBufferLength = (ULONG)strlen(text);
  send_to(from, to, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &buffer);
  expect(to->got_type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE &&
             strcmp(to->got_text, text) == 0,
         "the text as it was sent");
}

static void say_bye(struct peer *from, struct peer *to, const char *reason) {
  WEB_SOCKET_BUFFER buffer;
  printf("The %s closes: \"%s\".\n", from->name, reason);
  buffer.CloseStatus.pbReason = (PBYTE)reason;
  buffer.CloseStatus.ulReasonLength = (ULONG)strlen(reason);
  buffer.CloseStatus.usStatus = WEB_SOCKET_SUCCESS_CLOSE_STATUS;
  send_to(from, to, WEB_SOCKET_CLOSE_BUFFER_TYPE, &buffer);
  expect(to->got_type == WEB_SOCKET_CLOSE_BUFFER_TYPE &&
             to->got_status == WEB_SOCKET_SUCCESS_CLOSE_STATUS &&
             strcmp(to->got_text, reason) == 0,
         "the close as it was sent");
}

int main(void) {
  static struct wire to_server, to_client;
  static struct peer client = {.name = "client"}, server = {.name = "server"};
  client.in = server.out = &to_client;
  client.out = server.in = &to_server;
  check(WebSocketCreateClientHandle(NULL, 0, &client.handle), "create client");
  check(WebSocketCreateServerHandle(NULL, 0, &server.handle), "create server");
  puts("The client asks for a connection, the server agrees.");
  handshake(&client, &server);
  say(&client, &server, "Hello, server");
  say(&server, &client, "Hello, client");
  puts("The client sends a ping; the library answers it by itself.");
  send_to(&client, &server, WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL);
  expect(client.got_type == WEB_SOCKET_PING_PONG_BUFFER_TYPE, "a pong");
  say_bye(&client, &server, "that is all");
  say_bye(&server, &client, "that is all");
  WebSocketDeleteHandle(client.handle);
  WebSocketDeleteHandle(server.handle);
  puts("All came as expected.");
  return 0;
}
