/*
 * The checks of a client on the server's answer (RFC 6455 section 4.1).
 *
 * Rows of docs/compatibility.md: *client-checks*, *names-without-case*,
 * *failed-handshake-changes-nothing*.
 */
#include "handshake.h"

#define GOOD "Upgrade:websocket", "Connection:Upgrade"
#define ACCEPT "Sec-WebSocket-Accept:$"

/* "$" is the right answer to the key of the request. */
struct answer_row {
  const char *what;
  HRESULT hr;
  const char *lines[MOST_LINES];
};

static const struct answer_row answers[] = {
    {"the least", S_OK, {GOOD, ACCEPT}},
    {"the other way round",
     S_OK,
     {ACCEPT, "Connection:Upgrade", "Upgrade:websocket"}},
    {"small names",
     S_OK,
     {"upgrade:websocket", "connection:Upgrade", "sec-websocket-accept:$"}},
    {"capital names",
     S_OK,
     {"UPGRADE:websocket", "CONNECTION:Upgrade", "SEC-WEBSOCKET-ACCEPT:$"}},
    {"values in any case",
     S_OK,
     {"Upgrade:WebSocket", "Connection:uPGRADE", ACCEPT}},
    {"white space around values",
     S_OK,
     {"Upgrade: \twebsocket\t ", "Connection:  Upgrade ",
      "Sec-WebSocket-Accept:\t$  "}},
    {"Connection is a list",
     S_OK,
     {"Upgrade:websocket", "Connection:keep-alive, Upgrade", ACCEPT}},
    {"a list with odd white space",
     S_OK,
     {"Upgrade:websocket", "Connection:keep-alive \t,\tupgrade  ,x", ACCEPT}},
    {"a list with empty elements",
     S_OK,
     {"Upgrade:websocket", "Connection:,, ,Upgrade,", ACCEPT}},
    {"a list over several lines",
     S_OK,
     {"Connection:keep-alive", GOOD, "Connection:", ACCEPT}},
    {"unrelated headers",
     S_OK,
     {"Date:Thu, 01 Jan 1970 00:00:00 GMT", "Server:", GOOD, "Set-Cookie:a=1",
      ACCEPT, "Set-Cookie:b=2", "Sec-WebSocket-Version:13",
      "X-Odd:\x01\xff,,\"", "Content-Length:0"}},
    {"an empty list of extensions",
     S_OK,
     {GOOD, ACCEPT, "Sec-WebSocket-Extensions: "}},

    {"nothing at all", FORMAT_ERROR, {NULL}},
    {"no Upgrade", FORMAT_ERROR, {"Connection:Upgrade", ACCEPT}},
    {"no Connection", FORMAT_ERROR, {"Upgrade:websocket", ACCEPT}},
    {"no accept", FORMAT_ERROR, {GOOD}},
    {"empty Upgrade", FORMAT_ERROR, {"Upgrade:", "Connection:Upgrade", ACCEPT}},
    {"another upgrade",
     FORMAT_ERROR,
     {"Upgrade:h2c", "Connection:Upgrade", ACCEPT}},
    {"longer upgrade",
     FORMAT_ERROR,
     {"Upgrade:websockets", "Connection:Upgrade", ACCEPT}},
    {"shorter upgrade",
     FORMAT_ERROR,
     {"Upgrade:websocke", "Connection:Upgrade", ACCEPT}},
    {"upgrade with a space in it",
     FORMAT_ERROR,
     {"Upgrade:web socket", "Connection:Upgrade", ACCEPT}},
    {"empty Connection",
     FORMAT_ERROR,
     {"Upgrade:websocket", "Connection:", ACCEPT}},
    {"Connection: close",
     FORMAT_ERROR,
     {"Upgrade:websocket", "Connection:close", ACCEPT}},
    {"a longer token",
     FORMAT_ERROR,
     {"Upgrade:websocket", "Connection:upgraded", ACCEPT}},
    {"tokens that only contain it",
     FORMAT_ERROR,
     {"Upgrade:websocket", "Connection:no-upgrade, Up grade", ACCEPT}},
    {"a name with a space behind",
     FORMAT_ERROR,
     {"Upgrade :websocket", "Connection:Upgrade", ACCEPT}},
    {"empty accept", FORMAT_ERROR, {GOOD, "Sec-WebSocket-Accept:"}},
    {"the accept of another key",
     FORMAT_ERROR,
     {GOOD, "Sec-WebSocket-Accept:" SAMPLE_ACCEPT}},
    {"accept with more behind it",
     FORMAT_ERROR,
     {GOOD, "Sec-WebSocket-Accept:$x"}},
    {"accept in quotes", FORMAT_ERROR, {GOOD, "Sec-WebSocket-Accept:\"$\""}},
    {"accept twice on a line",
     FORMAT_ERROR,
     {GOOD, "Sec-WebSocket-Accept:$, $"}},
    {"accept twice, the same", FORMAT_ERROR, {GOOD, ACCEPT, ACCEPT}},
    {"accept twice, wrong first",
     FORMAT_ERROR,
     {GOOD, "Sec-WebSocket-Accept:AAAA", ACCEPT}},
    {"accept twice, wrong last",
     FORMAT_ERROR,
     {GOOD, ACCEPT, "Sec-WebSocket-Accept:"}},

    {"a subprotocol nobody offered",
     E_SUBPROTOCOL_NOT_SUPPORTED,
     {GOOD, ACCEPT, "Sec-WebSocket-Protocol:chat"}},
    {"an extension nobody offered",
     E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED,
     {GOOD, ACCEPT, "Sec-WebSocket-Extensions:permessage-deflate"}},
};

/* A refused answer leaves the handle as it was: a good one still ends it. */
static void check_answer_row(const struct answer_row *row) {
  struct header_set set;
  struct lines lines = {0};
  char accept[29];
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  accept_for_key(set.at[3].pcValue, accept);
  collect(&lines, row->lines, accept);
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL, NULL),
      row->hr);
  if (row->hr != S_OK) {
    expect_not_open(h);
    EXPECT_HEADER(set, 0, "Connection", "Upgrade");
    end_client(h, &set);
  }
  expect_open(h);
  WebSocketDeleteHandle(h);
  free_lines(&lines);
}

/* Every single changed character of the answer to the key is noticed. */
static void test_each_character_of_accept(void) {
  struct header_set set;
  char accept[29];
  int i;
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  accept_for_key(set.at[3].pcValue, accept);
  for (i = -1; i < 28; i++) {
    WEB_SOCKET_HTTP_HEADER answer[3];
    char wrong[29];
    strcpy(wrong, accept);
    if (i < 0) {
      wrong[27] = '\0'; /* without its padding */
    } else {
      wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
    }
    answer[0] = header_of("Connection", "Upgrade");
    answer[1] = header_of("Upgrade", "websocket");
    answer[2] = header_of("Sec-WebSocket-Accept", wrong);
    CHECK_EQ(WebSocketEndClientHandshake(h, answer, 3, NULL, NULL, NULL),
             FORMAT_ERROR);
    /* Letter case counts in base64. */
    strcpy(wrong, accept);
    if (i >= 0 && (wrong[i] | 0x20) >= 'a' && (wrong[i] | 0x20) <= 'z') {
      wrong[i] ^= 0x20;
      CHECK_EQ(WebSocketEndClientHandshake(h, answer, 3, NULL, NULL, NULL),
               FORMAT_ERROR);
    }
  }
  end_client(h, &set);
  WebSocketDeleteHandle(h);
}

static void test_bad_pointers(void) {
  struct header_set set;
  struct lines lines = {0};
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  answer_to(&set, &lines);
  CHECK_EQ(WebSocketEndClientHandshake(NULL, lines.at, lines.count, NULL, NULL,
                                       NULL),
           E_INVALIDARG);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 3, NULL, NULL, NULL),
           E_INVALIDARG);
  lines.at[1].pcName = NULL;
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL, NULL),
      E_INVALIDARG);
  end_client(h, &set);
  WebSocketDeleteHandle(h);
  free_lines(&lines);
}

int main(void) {
  CHECK_ROWS(answers, check_answer_row);
  test_each_character_of_accept();
  test_bad_pointers();
  return 0;
}
