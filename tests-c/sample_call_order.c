/*
 * The calls in the order in which Microsoft's SDK sample makes them: both
 * handles in one process, a transport in memory, one loop for everything.
 *
 * Rows of docs/compatibility.md: *complete-anything*, *failed-get-action*,
 * *no-read-behind-message*.
 */
#include "handshake.h"

/* What was written and not read; reading from it empty is a failure. */
struct transport {
  BYTE octets[1 << 16];
  size_t length;
  size_t reads;
};

static void transport_write(struct transport *transport,
                            const WEB_SOCKET_BUFFER *buffer) {
  CHECK(buffer->Data.pbBuffer != NULL);
  CHECK(transport->length + buffer->Data.ulBufferLength <=
        sizeof transport->octets);
  memcpy(transport->octets + transport->length, buffer->Data.pbBuffer,
         buffer->Data.ulBufferLength);
  transport->length += buffer->Data.ulBufferLength;
}

static ULONG transport_read(struct transport *transport,
                            const WEB_SOCKET_BUFFER *buffer) {
  size_t length = buffer->Data.ulBufferLength;
  if (length > transport->length) {
    length = transport->length;
  }
  CHECK(length != 0);
  memcpy(buffer->Data.pbBuffer, transport->octets, length);
  transport->length -= length;
  memmove(transport->octets, transport->octets + length, transport->length);
  transport->reads++;
  return (ULONG)length;
}

/* The last indication that a loop saw. */
struct indication {
  ULONG count;
  WEB_SOCKET_BUFFER_TYPE type;
  BYTE octets[1 << 16];
  size_t length;
};

static void indicated(struct indication *seen, WEB_SOCKET_BUFFER_TYPE type,
                      const WEB_SOCKET_BUFFER *buffer) {
  seen->count++;
  seen->type = type;
  seen->length = buffer->Data.ulBufferLength;
  CHECK(seen->length <= sizeof seen->octets);
  if (seen->length != 0) {
    memcpy(seen->octets, buffer->Data.pbBuffer, seen->length);
  }
}

/*
 * The sample's loop: two slots for every queue, no application context, and
 * every action is completed, also "no action" and after a failure.
 */
static HRESULT run_loop(WEB_SOCKET_HANDLE h, struct transport *transport,
                        struct indication *seen) {
  WEB_SOCKET_ACTION action;
  HRESULT hr, result = S_OK;
  do {
    WEB_SOCKET_BUFFER buffers[2];
    WEB_SOCKET_BUFFER_TYPE type;
    ULONG count = 2, transferred = 0, i;
    PVOID id;
    memset(buffers, 0, sizeof buffers);
    hr = WebSocketGetAction(h, ALL_QUEUES, buffers, &count, &action, &type,
                            NULL, &id);
    if (FAILED(hr)) {
      result = hr;
      WebSocketAbortHandle(h);
    }
    switch (action) {
    case NO_ACTION:
      break;
    case RECEIVE_FROM_NETWORK:
      CHECK_EQ(count, 1);
      transferred = transport_read(transport, &buffers[0]);
      break;
    case RECEIVE_COMPLETE:
      CHECK_EQ(count, 1);
      indicated(seen, type, &buffers[0]);
      break;
    case SEND_TO_NETWORK:
      CHECK(count >= 1);
      for (i = 0; i < count; i++) {
        transport_write(transport, &buffers[i]);
        transferred += buffers[i].Data.ulBufferLength;
      }
      break;
    case SEND_COMPLETE:
      CHECK_EQ(count, 0);
      break;
    default:
      CHECK(!"an action that does not exist");
    }
    if (FAILED(hr)) {
      WebSocketAbortHandle(h);
    }
    WebSocketCompleteAction(h, id, transferred);
  } while (action != NO_ACTION);
  return result;
}

/* The client's headers and a Host go straight to the server and back. */
static void connect_both(WEB_SOCKET_HANDLE client, WEB_SOCKET_HANDLE server) {
  struct header_set sent, answer;
  CHECK_EQ(begin_client(client, NULL, 0, NULL, 0, &sent), S_OK);
  pass_request(&sent, server, &answer);
  CHECK_EQ(WebSocketEndClientHandshake(client, answer.at, answer.count, NULL,
                                       NULL, NULL),
           S_OK);
  CHECK_EQ(WebSocketEndServerHandshake(server), S_OK);
}

static void exchange(WEB_SOCKET_HANDLE from, WEB_SOCKET_HANDLE to,
                     struct transport *transport, const void *octets,
                     size_t length) {
  static struct indication seen;
  WEB_SOCKET_BUFFER buffer = data_buffer(octets, length);
  seen.count = 0;
  CHECK_EQ(WebSocketSend(from, UTF8_MESSAGE, &buffer, NULL), S_OK);
  CHECK_EQ(run_loop(from, transport, &seen), S_OK);
  CHECK_EQ(seen.count, 0);
  CHECK_EQ(WebSocketReceive(to, NULL, NULL), S_OK);
  CHECK_EQ(run_loop(to, transport, &seen), S_OK);
  CHECK_EQ(seen.count, 1);
  CHECK_EQ(seen.type, UTF8_MESSAGE);
  CHECK_OCTETS(seen.octets, seen.length, octets, length);
  CHECK_EQ(transport->length, 0);
}

/*
 * Messages that lie in the transport together are read together; a receive
 * that finds one in the library must not read again.
 */
static void exchange_many(WEB_SOCKET_HANDLE from, WEB_SOCKET_HANDLE to,
                          struct transport *transport) {
  static struct indication seen;
  char text[] = "message 0";
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 9);
  size_t reads = transport->reads;
  int i;
  seen.count = 0;
  for (i = 0; i < 10; i++) {
    text[8] = (char)('0' + i);
    CHECK_EQ(WebSocketSend(from, UTF8_MESSAGE, &buffer, NULL), S_OK);
    CHECK_EQ(run_loop(from, transport, &seen), S_OK);
  }
  for (i = 0; i < 10; i++) {
    text[8] = (char)('0' + i);
    CHECK_EQ(WebSocketReceive(to, NULL, NULL), S_OK);
    CHECK_EQ(run_loop(to, transport, &seen), S_OK);
    CHECK_EQ(seen.count, i + 1);
    CHECK_OCTETS(seen.octets, seen.length, text, 9);
  }
  CHECK_EQ(transport->reads, reads + 1);
}

/* The loop ends after a failure although it goes on with what it got. */
static void fail(WEB_SOCKET_HANDLE h, struct transport *transport) {
  static struct indication seen;
  seen.count = 0;
  transport->octets[0] = 0x83; /* a reserved opcode */
  transport->octets[1] = 0x80;
  transport->length = 2;
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  CHECK_EQ(run_loop(h, transport, &seen), FORMAT_ERROR);
  CHECK_EQ(seen.count, 0);
}

int main(void) {
  static struct transport transport;
  static BYTE payload[4096];
  WEB_SOCKET_HANDLE client = NULL, server = NULL;
  size_t length;
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &client), S_OK);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &server), S_OK);
  connect_both(client, server);
  exchange(client, server, &transport, "Hello World", 11);
  exchange(server, client, &transport, "Hello World", 11);
  memset(payload, 'x', sizeof payload);
  for (length = 0; length <= sizeof payload; length += 64) {
    exchange(client, server, &transport, payload, length);
    exchange(server, client, &transport, payload, length);
  }
  exchange_many(client, server, &transport);
  exchange_many(server, client, &transport);
  fail(server, &transport);
  fail(client, &transport);
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(server);
  return 0;
}
