/*
 * The calls as mORMot 2 makes them in its HTTP.sys server: three of the
 * functions return a code, a send is completed with 0, its indication waits
 * until the next send, its payload is gone before.
 *
 * Rows of docs/compatibility.md: *void-returns*, *cancel-by-count*,
 * *unfetched-indication*, *payload-released-early*, *null-handle*,
 * *close-1005-is-empty*.
 */
#include "guarded.h"
#include "handshake.h"

/* The prototypes of its Pascal unit, where nothing is a procedure. */
typedef HRESULT(WINAPI *handle_function)(WEB_SOCKET_HANDLE h);
typedef HRESULT(WINAPI *complete_function)(WEB_SOCKET_HANDLE h, PVOID id,
                                           ULONG transferred);
typedef void (*any_function)(void);

static handle_function abort_handle, delete_handle;
static complete_function complete_action;

static void load_functions(void) {
  abort_handle = (handle_function)(any_function)WebSocketAbortHandle;
  delete_handle = (handle_function)(any_function)WebSocketDeleteHandle;
  complete_action = (complete_function)(any_function)WebSocketCompleteAction;
}

/* A browser's request; a subprotocol is selected, no extension is. */
static WEB_SOCKET_HANDLE accept_browser(void) {
  struct lines request = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  add_line(&request, "Host: 127.0.0.1:8888", "");
  add_line(&request, "Connection: keep-alive, Upgrade", "");
  add_line(&request, "Upgrade: websocket", "");
  add_line(&request, "Origin: http://127.0.0.1", "");
  add_line(&request, "Sec-WebSocket-Version: 13", "");
  add_line(&request, "Sec-WebSocket-Key: " SAMPLE_KEY, "");
  add_line(&request, "Sec-WebSocket-Protocol: meow, synopsejson", "");
  add_line(&request,
           "Sec-WebSocket-Extensions: permessage-deflate; "
           "client_max_window_bits",
           "");
  CHECK_EQ(begin_server(h, "synopsejson", NULL, 0, &request, &set), S_OK);
  CHECK_EQ(set.count, 4);
  check_answer(&set, SAMPLE_ACCEPT);
  EXPECT_HEADER(set, 3, "Sec-WebSocket-Protocol", "synopsejson");
  free_lines(&request);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  return h;
}

/*
 * Thousands of sends on one handle, all completed with 0. The payload is
 * taken away after the one network action, the indication comes later.
 */
static void test_sends(WEB_SOCKET_HANDLE h) {
  enum { SENDS = 10000 };
  struct guarded payload = guarded_new(65536);
  int i;
  for (i = 0; i < SENDS; i++) {
    size_t length = i % 97 == 0 ? 65536 : (size_t)(i % 200) + 1;
    WEB_SOCKET_BUFFER buffer = data_buffer(payload.at, length);
    struct step step;
    PVOID app = (PVOID)(uintptr_t)(i + 1);
    CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, app), S_OK);
    if (i > 0) {
      step = get_action(h, SEND_QUEUE, 2);
      EXPECT(step, SEND_COMPLETE, BINARY_MESSAGE, 0, (PVOID)(uintptr_t)i);
      CHECK_EQ(complete_action(h, step.id, 0), S_OK);
    }
    guarded_set(&payload, READ_ONLY);
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 2, app);
    CHECK_PTR(step.buffers[1].Data.pbBuffer, payload.at);
    CHECK_EQ(step.buffers[1].Data.ulBufferLength, length);
    CHECK_EQ(complete_action(h, step.id, 0), S_OK);
    guarded_set(&payload, NO_ACCESS);
  }
  guarded_free(&payload);
}

/* What is left of the last send, and "nothing to do" completed as well. */
static void test_last_indication(WEB_SOCKET_HANDLE h) {
  struct step step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_COMPLETE, BINARY_MESSAGE, 0, (PVOID)(uintptr_t)10000);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT_NOTHING(step);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  CHECK_EQ(complete_action(h, UNTOUCHED, 0), S_OK);
}

static void test_ping(WEB_SOCKET_HANDLE h) {
  struct step step;
  CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, NULL), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_COMPLETE, PING_PONG, 0, NULL);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
}

/* Two slots for a receive, of which one is used. */
static struct step receive(WEB_SOCKET_HANDLE h, struct octets *peer) {
  struct step step;
  CHECK_EQ(WebSocketReceive(h, NULL, &complete_action), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 2);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &complete_action);
  CHECK(step.buffers[0].Data.ulBufferLength >= peer->length);
  memcpy(step.buffers[0].Data.pbBuffer, peer->data, peer->length);
  CHECK_EQ(complete_action(h, step.id, (ULONG)peer->length), S_OK);
  octets_free(peer);
  return get_action(h, RECEIVE_QUEUE, 2);
}

static void test_receives(WEB_SOCKET_HANDLE h) {
  struct octets peer = {0}, wire = {0};
  struct step step;
  append_frame(&peer, FIN | OP_TEXT, test_mask, "text", 4);
  step = receive(h, &peer);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &complete_action);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, "text", 4);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  /* A ping is answered by the same loop, its pong completed with 0. */
  append_frame(&peer, FIN | OP_PING, test_mask, "ping", 4);
  append_frame(&peer, FIN | OP_BINARY, test_mask, "data", 4);
  step = receive(h, &peer);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  append_buffers(&wire, &step);
  CHECK_OCTETS(only_frame(&wire).payload, 4, "ping", 4);
  octets_free(&wire);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 2);
  EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, &complete_action);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
}

/* It reads the status as a word that stands behind address and length. */
static USHORT word_behind_length(const WEB_SOCKET_BUFFER *buffer) {
  USHORT status;
  memcpy(&status, (const BYTE *)buffer + sizeof(PVOID) + sizeof(ULONG),
         sizeof status);
  return status;
}

static void check_close(const char *reason, int status) {
  WEB_SOCKET_HANDLE h = accept_browser();
  WEB_SOCKET_BUFFER close;
  struct octets peer = {0}, wire = {0};
  struct step step;
  struct frame frame;
  if (status == 1005) {
    append_frame(&peer, FIN | OP_CLOSE, test_mask, NULL, 0);
  } else {
    append_close(&peer, test_mask, status, reason);
  }
  step = receive(h, &peer);
  EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, &complete_action);
  CHECK_EQ(word_behind_length(&step.buffers[0]), status);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, reason, strlen(reason));
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  /* The status goes back as it came, also the one that stands for none. */
  close = close_buffer((USHORT)status, NULL, 0);
  CHECK_EQ(WebSocketSend(h, CLOSE, &close, NULL), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, CLOSE, 1, NULL);
  append_buffers(&wire, &step);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_CLOSE);
  CHECK_EQ(frame.length, status == 1005 ? 0 : 2);
  octets_free(&wire);
  CHECK_EQ(complete_action(h, step.id, 0), S_OK);
  CHECK_EQ(abort_handle(h), S_OK);
  CHECK_EQ(delete_handle(h), S_OK);
}

/* A connection that is lost with things going on, and lost once more. */
static void test_disconnect(void) {
  WEB_SOCKET_HANDLE h = accept_browser();
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct step read, write;
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  read = get_action(h, RECEIVE_QUEUE, 2);
  EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  write = get_action(h, SEND_QUEUE, 2);
  EXPECT(write, SEND_TO_NETWORK, UTF8_MESSAGE, 2, NULL);
  CHECK_EQ(abort_handle(h), S_OK);
  CHECK_EQ(abort_handle(h), S_OK);
  CHECK_EQ(delete_handle(h), S_OK);
  CHECK_EQ(abort_handle(NULL), S_OK);
  CHECK_EQ(delete_handle(NULL), S_OK);
  CHECK_EQ(complete_action(NULL, NULL, 0), S_OK);
}

int main(void) {
  WEB_SOCKET_HANDLE h;
  load_functions();
  h = accept_browser();
  test_sends(h);
  test_last_indication(h);
  test_ping(h);
  test_receives(h);
  CHECK_EQ(abort_handle(h), S_OK);
  CHECK_EQ(delete_handle(h), S_OK);
  check_close("", 1005);
  check_close("", 1000);
  check_close("bye", 1001);
  check_close("an own one", 4000);
  test_disconnect();
  return 0;
}
