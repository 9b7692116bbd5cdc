/*
 * The calls as .NET's HttpListener WebSockets make them when a connection
 * ends: close frames from both sides, faults, aborts.
 *
 * Rows of docs/compatibility.md: *close-indication*,
 * *close-status-unchecked*, *abort-hands-back*, *stale-completion*.
 */
#include "dotnet.h"

static struct dotnet_result result;

static struct dotnet open_side(int server) {
  return dotnet_open(server, 4096, 4096, 3, FALSE);
}

static void receive_close(struct dotnet *d, int status, const char *reason,
                          struct octets *peer) {
  if (status == 1005) {
    append_frame(peer, FIN | OP_CLOSE, dotnet_mask(d), NULL, 0);
  } else {
    append_close(peer, dotnet_mask(d), status, reason);
  }
  d->network = network_of(peer, peer->length);
  dotnet_receive(d, 100, &result);
  CHECK_EQ(result.hr, S_OK);
  CHECK_EQ(result.type, CLOSE);
  CHECK_EQ(result.buffer.CloseStatus.usStatus, status);
}

/*
 * No status gives no reason (null), a status alone an empty one (""): the
 * pointer makes the difference, and must lie in the array.
 */
static void check_received_close(int server, int status, const char *reason) {
  struct dotnet d = open_side(server);
  struct octets peer = {0};
  struct frame frame;
  const BYTE *at;
  receive_close(&d, status, reason, &peer);
  at = result.buffer.CloseStatus.pbReason;
  if (status == 1005) {
    CHECK(at == NULL);
  } else {
    CHECK(at >= d.start && at <= d.start + d.size);
  }
  CHECK_OCTETS(result.octets, result.length, reason, strlen(reason));
  /* Data may still be sent, then comes the answer. */
  dotnet_send(&d, UTF8_MESSAGE, (const BYTE *)"late", 4);
  octets_free(&d.wire);
  dotnet_send_close(&d, (USHORT)status, reason);
  frame = only_frame(&d.wire);
  CHECK_EQ(frame.first, FIN | OP_CLOSE);
  CHECK_EQ(frame.length, status == 1005 ? 0 : 2 + strlen(reason));
  CHECK_EQ(WebSocketReceive(d.h, NULL, NULL), OPERATION_ERROR);
  octets_free(&peer);
  dotnet_close(&d);
}

/* What .NET lets through goes out as it is. */
static void check_sent_close(int server, USHORT status) {
  struct dotnet d = open_side(server);
  struct frame frame;
  dotnet_send_close(&d, status, "");
  frame = only_frame(&d.wire);
  CHECK_EQ(frame.length, 2);
  CHECK_EQ(frame.payload[0] << 8 | frame.payload[1], status);
  dotnet_close(&d);
}

/* After its own close it drops pongs and reads on until the peer's close. */
static void check_pongs_are_dropped(int server) {
  struct dotnet d = open_side(server);
  struct octets peer = {0};
  dotnet_send_close(&d, 1000, "done");
  octets_free(&d.wire);
  append_frame(&peer, FIN | OP_PING, dotnet_mask(&d), "one", 3);
  append_frame(&peer, FIN | OP_TEXT, dotnet_mask(&d), "text", 4);
  append_frame(&peer, FIN | OP_PING, dotnet_mask(&d), "two", 3);
  d.network = network_of(&peer, 4);
  dotnet_receive(&d, 100, &result);
  CHECK_EQ(result.type, UTF8_MESSAGE);
  d.network.chunk = peer.length;
  append_close(&peer, dotnet_mask(&d), 1000, "done");
  d.network.data = peer.data;
  d.network.length = peer.length;
  dotnet_receive(&d, 100, &result);
  CHECK_EQ(result.type, CLOSE);
  CHECK_EQ(d.wire.length, 0);
  octets_free(&peer);
  dotnet_close(&d);
}

/* A fault ends in an abort, after which no call fails any more. */
static void check_fault(int server) {
  struct dotnet d = open_side(server);
  struct octets peer = {0};
  append_frame(&peer, FIN | OP_TEXT, dotnet_mask(&d), "\xFF", 1);
  d.network = network_of(&peer, peer.length);
  dotnet_receive(&d, 100, &result);
  CHECK_EQ(result.hr, FORMAT_ERROR);
  /* The receive that failed is handed back. */
  CHECK_EQ(dotnet_abort(&d), 1);
  CHECK_EQ(dotnet_abort(&d), 0);
  octets_free(&peer);
  dotnet_close(&d);
}

/*
 * An abort while another thread is in a read and in a write: their contexts
 * are completed afterwards, or after a drain, or twice, or never.
 */
static void check_abort(int server, int completions) {
  static const BYTE text[] = "text";
  struct dotnet d = open_side(server);
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 4);
  struct step read, write;
  int i, drained;
  d.pinned = text;
  d.pinned_length = 4;
  for (i = 0; i < 3; i++) {
    CHECK_EQ(WebSocketSend(d.h, UTF8_MESSAGE, &buffer, NULL), S_OK);
    CHECK_EQ(WebSocketReceive(d.h, NULL, NULL), S_OK);
  }
  write = dotnet_get(&d, SEND_QUEUE, 2);
  read = dotnet_get(&d, RECEIVE_QUEUE, 1);
  CHECK_EQ(write.action, SEND_TO_NETWORK);
  CHECK_EQ(read.action, RECEIVE_FROM_NETWORK);
  drained = dotnet_abort(&d);
  CHECK(FAILED(WebSocketSend(d.h, UTF8_MESSAGE, &buffer, NULL)));
  CHECK(FAILED(WebSocketReceive(d.h, NULL, NULL)));
  for (i = 0; i < completions; i++) {
    complete(d.h, &write);
    complete_with(d.h, &read, 0);
    drained += dotnet_abort(&d);
    complete(d.h, &read);
  }
  CHECK_EQ(drained, completions > 0 ? 6 : 0);
  dotnet_close(&d);
}

int main(void) {
  int server;
  for (server = 0; server < 2; server++) {
    check_received_close(server, 1005, "");
    check_received_close(server, 1000, "");
    check_received_close(server, 1001, "going away");
    check_received_close(server, 4999, "own");
    check_sent_close(server, 65535);
    check_sent_close(server, 1000);
    check_sent_close(server, 3000);
    check_pongs_are_dropped(server);
    check_fault(server);
    check_abort(server, 0);
    check_abort(server, 1);
    check_abort(server, 2);
  }
  return 0;
}
