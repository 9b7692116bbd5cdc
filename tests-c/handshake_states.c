/*
 * The order of the handshake calls, how long their headers live, and what the
 * first session call does.
 *
 * Rows of docs/compatibility.md: *wrong-time-calls*, *headers-until-delete*,
 * *implied-end*, *abort-before-session*.
 */
#include "handshake.h"

/* ---- the five error codes of the protocol ---- */

static void test_error_codes(void) {
  PCSTR chat = "chat";
  struct lines lines = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE client = new_client(), server = new_server();
  CHECK_EQ((ULONG)WebSocketEndServerHandshake(server), 0x83760001);
  CHECK_EQ((ULONG)begin_server(server, NULL, NULL, 0, &lines, &set),
           0x83760002);
  CHECK_EQ(begin_client(client, &chat, 1, NULL, 0, &set), S_OK);
  answer_to(&set, &lines);
  CHECK_EQ((ULONG)WebSocketEndClientHandshake(client, lines.at, lines.count,
                                              NULL, NULL, NULL),
           0x83760004);
  add_line(&lines, "Sec-WebSocket-Protocol:chat", "");
  add_line(&lines, "Sec-WebSocket-Extensions:deflate", "");
  CHECK_EQ((ULONG)WebSocketEndClientHandshake(client, lines.at, lines.count,
                                              NULL, NULL, NULL),
           0x83760003);
  free_lines(&lines);
  request_with(&lines, NULL);
  lines.at[4].pcValue = (PCHAR) "8";
  lines.at[4].ulValueLength = 1;
  CHECK_EQ((ULONG)begin_server(server, NULL, NULL, 0, &lines, &set),
           0x83760005);
  free_lines(&lines);
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(server);
}

/* ---- order ---- */

static void test_client_order(void) {
  WEB_SOCKET_HTTP_HEADER unused;
  struct header_set set, again = {&unused, 77};
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_client();
  expect_not_open(h);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 0, NULL, NULL, NULL),
           OPERATION_ERROR);
  request_with(&lines, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &again), OPERATION_ERROR);
  CHECK_EQ(WebSocketEndServerHandshake(h), OPERATION_ERROR);
  free_lines(&lines);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  /* A session call does not end the handshake of a client. */
  expect_not_open(h);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &again), OPERATION_ERROR);
  CHECK_EQ(WebSocketEndServerHandshake(h), OPERATION_ERROR);
  expect_not_open(h);
  end_client(h, &set);
  answer_to(&set, &lines);
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL, NULL),
      OPERATION_ERROR);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &again), OPERATION_ERROR);
  CHECK_PTR(again.at, &unused);
  CHECK_EQ(again.count, 77);
  free_lines(&lines);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

static void test_server_order(void) {
  WEB_SOCKET_HTTP_HEADER unused;
  struct header_set set, again = {&unused, 77};
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_server();
  expect_not_open(h);
  CHECK_EQ(WebSocketEndServerHandshake(h), OPERATION_ERROR);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &again), OPERATION_ERROR);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 0, NULL, NULL, NULL),
           OPERATION_ERROR);
  request_with(&lines, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &set), S_OK);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &again), OPERATION_ERROR);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &again), OPERATION_ERROR);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 0, NULL, NULL, NULL),
           OPERATION_ERROR);
  check_answer(&set, SAMPLE_ACCEPT);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &again), OPERATION_ERROR);
  CHECK_PTR(again.at, &unused);
  CHECK_EQ(again.count, 77);
  free_lines(&lines);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

/* ---- life of the headers ---- */

/* Ways in which a session lives on while the headers are still read. */
static void use_session(WEB_SOCKET_HANDLE h) {
  int i;
  struct step step;
  for (i = 0; i < 100; i++) {
    expect_open(h);
  }
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  memset(step.buffers[0].Data.pbBuffer, 0xAA,
         step.buffers[0].Data.ulBufferLength);
  complete_with(h, &step, 0);
  EXPECT_BACK(h, RECEIVE_QUEUE, 1, NULL);
  WebSocketAbortHandle(h);
}

static void test_client_headers_stay(void) {
  PCSTR chat = "chat", deflate = "deflate";
  char key[25];
  struct header_set set;
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, &chat, 1, &deflate, 1, &set), S_OK);
  strcpy(key, set.at[3].pcValue);
  answer_to(&set, &lines);
  add_line(&lines, "Sec-WebSocket-Protocol:chat", "");
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL, NULL),
      S_OK);
  free_lines(&lines);
  use_session(h);
  EXPECT_HEADER(set, 0, "Connection", "Upgrade");
  EXPECT_HEADER(set, 1, "Upgrade", "websocket");
  EXPECT_HEADER(set, 2, "Sec-WebSocket-Version", "13");
  EXPECT_HEADER(set, 3, "Sec-WebSocket-Key", key);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Protocol", "chat");
  EXPECT_HEADER(set, 5, "Sec-WebSocket-Extensions", "deflate");
  WebSocketDeleteHandle(h);
}

static void test_server_headers_stay(void) {
  PCSTR deflate = "deflate";
  struct header_set set;
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&lines, "Sec-WebSocket-Protocol:chat");
  add_line(&lines, "Sec-WebSocket-Extensions:deflate", "");
  CHECK_EQ(begin_server(h, "chat", &deflate, 1, &lines, &set), S_OK);
  free_lines(&lines);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  use_session(h);
  check_answer(&set, SAMPLE_ACCEPT);
  EXPECT_HEADER(set, 3, "Sec-WebSocket-Protocol", "chat");
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Extensions", "deflate");
  WebSocketDeleteHandle(h);
}

/* ---- the first session call ends a server's handshake ---- */

static WEB_SOCKET_HANDLE begun_server(struct header_set *set) {
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&lines, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, set), S_OK);
  free_lines(&lines);
  return h;
}

static void check_ended(WEB_SOCKET_HANDLE h, const struct header_set *set) {
  struct lines lines = {0};
  struct header_set again;
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  request_with(&lines, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &again), OPERATION_ERROR);
  free_lines(&lines);
  check_answer(set, SAMPLE_ACCEPT);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

static void test_implied_end(void) {
  struct header_set set;
  struct octets wire = {0};
  struct step step;
  WEB_SOCKET_HANDLE h = begun_server(&set);
  CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, &set), S_OK);
  run_send(h, 2, PING_PONG, &set, &wire);
  check_ended(h, &set);

  h = begun_server(&set);
  CHECK_EQ(WebSocketReceive(h, NULL, &set), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &set);
  check_ended(h, &set);

  h = begun_server(&set);
  step = get_action(h, ALL_QUEUES, 2);
  EXPECT_NOTHING(step);
  check_ended(h, &set);

  /* An operation that was queued before End is still there behind it. */
  h = begun_server(&set);
  CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, &set), S_OK);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  run_send(h, 2, PING_PONG, &set, &wire);
  check_ended(h, &set);
  octets_free(&wire);
}

/* ---- too early to abort, too early to complete ---- */

static void disturb(WEB_SOCKET_HANDLE h) {
  WebSocketAbortHandle(h);
  WebSocketAbortHandle(h);
  WebSocketCompleteAction(h, NULL, 0);
  WebSocketCompleteAction(h, UNTOUCHED, 17);
}

static void test_abort_before_session(void) {
  struct header_set set;
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_server();
  disturb(h);
  request_with(&lines, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &set), S_OK);
  disturb(h);
  check_answer(&set, SAMPLE_ACCEPT);
  expect_open(h);
  WebSocketDeleteHandle(h);
  free_lines(&lines);

  h = new_client();
  disturb(h);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  disturb(h);
  end_client(h, &set);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

/* A handle may be given up at every point of the handshake. */
static void test_delete_anywhere(void) {
  struct header_set set;
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_client();
  WebSocketDeleteHandle(h);
  h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  WebSocketDeleteHandle(h);
  h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 0, NULL, NULL, NULL),
           FORMAT_ERROR);
  WebSocketDeleteHandle(h);
  h = new_server();
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &lines, &set), FORMAT_ERROR);
  WebSocketDeleteHandle(h);
  h = begun_server(&set);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_error_codes();
  test_client_order();
  test_server_order();
  test_client_headers_stay();
  test_server_headers_stay();
  test_implied_end();
  test_abort_before_session();
  test_delete_anywhere();
  return 0;
}
