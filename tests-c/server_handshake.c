/*
 * The checks on a client's request and the headers of the answer (RFC 6455
 * section 4.2).
 *
 * Rows of docs/compatibility.md: *server-headers*, *server-checks*,
 * *version-not-13*, *names-without-case*, *failed-handshake-changes-nothing*.
 */
#include "handshake.h"

#define NEW_VERSION E_PROTOCOL_VERSION_NOT_SUPPORTED
#define HOST "Host:server.example.com"
#define UPGRADE "Upgrade:websocket"
#define CONNECTION "Connection:Upgrade"
#define KEY "Sec-WebSocket-Key:" SAMPLE_KEY
#define VERSION_LINE "Sec-WebSocket-Version:"
#define VERSION VERSION_LINE "13"
#define BUT_KEY HOST, UPGRADE, CONNECTION, VERSION
#define BUT_VERSION HOST, UPGRADE, CONNECTION, KEY
#define BUT_UPGRADE HOST, CONNECTION, KEY, VERSION
#define BUT_CONNECTION HOST, UPGRADE, KEY, VERSION
#define BUT_HOST UPGRADE, CONNECTION, KEY, VERSION
#define PROTOCOL "Sec-WebSocket-Protocol:"
#define EXTENSIONS "Sec-WebSocket-Extensions:"

struct request_row {
  const char *what;
  HRESULT hr;
  const char *lines[MOST_LINES];
};

static const struct request_row requests[] = {
    {"the least", S_OK, {BUT_HOST, "Host:"}},
    {"the other way round", S_OK, {VERSION, KEY, CONNECTION, UPGRADE, HOST}},
    {"small names",
     S_OK,
     {"host:a", "upgrade:websocket", "connection:upgrade",
      "sec-websocket-key:" SAMPLE_KEY, "sec-websocket-version:13"}},
    {"capital names",
     S_OK,
     {"HOST:a", "UPGRADE:WEBSOCKET", "CONNECTION:UPGRADE",
      "SEC-WEBSOCKET-KEY:" SAMPLE_KEY, "SEC-WEBSOCKET-VERSION:13"}},
    {"white space around values",
     S_OK,
     {"Host: a ", "Upgrade: websocket\t", "Connection:\t Upgrade ",
      "Sec-WebSocket-Key:  " SAMPLE_KEY " ", "Sec-WebSocket-Version: 13\t"}},
    {"as Internet Explorer writes it",
     S_OK,
     {BUT_UPGRADE, "Upgrade:Websocket"}},
    {"as Firefox writes it",
     S_OK,
     {BUT_CONNECTION, "Connection:keep-alive, Upgrade"}},
    {"Connection over several lines",
     S_OK,
     {BUT_CONNECTION, "Connection:keep-alive", "Connection: ,x,\tUPGRADE ,"}},
    {"an extension that is not selected",
     S_OK,
     {BUT_HOST, HOST, EXTENSIONS "permessage-deflate; client_max_window_bits"}},
    {"a subprotocol that is not selected",
     S_OK,
     {BUT_HOST, HOST, PROTOCOL "chat, superchat"}},
    {"unrelated headers",
     S_OK,
     {"Origin:http://example.com", BUT_HOST, HOST, "Cookie:a=1; b=\"\xff\"",
      "Sec-WebSocket-Accept:x", "Sec-WebSocket-Keys:x", "DNT:1",
      "X Odd (name):", "Accept:*/*"}},
    {"a key of 16 octets FF",
     S_OK,
     {BUT_KEY, "Sec-WebSocket-Key://///////////////////w=="}},
    {"a key with all signs",
     S_OK,
     {BUT_KEY, "Sec-WebSocket-Key:+/+/+/+/+/+/+/+/+/+/+w=="}},
    {"a key whose last character has bits to spare",
     S_OK,
     {BUT_KEY, "Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZR=="}},

    {"nothing at all", FORMAT_ERROR, {NULL}},
    {"no Host", FORMAT_ERROR, {BUT_HOST}},
    {"two hosts", FORMAT_ERROR, {BUT_HOST, "Host:a", "Host:b"}},
    {"no Upgrade", FORMAT_ERROR, {BUT_UPGRADE}},
    {"another Upgrade", FORMAT_ERROR, {BUT_UPGRADE, "Upgrade:h2c"}},
    {"a longer Upgrade", FORMAT_ERROR, {BUT_UPGRADE, "Upgrade:websocketx"}},
    {"an empty Upgrade", FORMAT_ERROR, {BUT_UPGRADE, "Upgrade:"}},
    {"no Connection", FORMAT_ERROR, {BUT_CONNECTION}},
    {"an empty Connection", FORMAT_ERROR, {BUT_CONNECTION, "Connection:"}},
    {"Connection: close", FORMAT_ERROR, {BUT_CONNECTION, "Connection:close"}},
    {"longer tokens",
     FORMAT_ERROR,
     {BUT_CONNECTION, "Connection:upgraded, not-upgrade"}},
    {"no key", FORMAT_ERROR, {BUT_KEY}},
    {"an empty key", FORMAT_ERROR, {BUT_KEY, "Sec-WebSocket-Key:"}},
    {"the key twice", FORMAT_ERROR, {BUT_KEY, KEY, KEY}},
    {"two keys on a line",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:" SAMPLE_KEY ", " SAMPLE_KEY}},
    {"a key of 1 octet", FORMAT_ERROR, {BUT_KEY, "Sec-WebSocket-Key:AQ=="}},
    {"a key of 15 octets",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:AQIDBAUGBwgJCgsMDQ4P"}},
    {"a key of 17 octets",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:AQIDBAUGBwgJCgsMDQ4PEBE="}},
    {"a key of 18 octets",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:AQIDBAUGBwgJCgsMDQ4PEBES"}},
    {"a key without its padding",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ"}},
    {"a key with half its padding",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25jZQ="}},
    {"no base64",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:!@#%^&*()[]!@#%^&*()!!=="}},
    {"base64 for URLs",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:-_-_-_-_-_-_-_-_-_-_-w=="}},
    {"a key with a space in it",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:dGhlIHNhbXBs ZSBub25jZQ=="}},
    {"a key with padding inside",
     FORMAT_ERROR,
     {BUT_KEY, "Sec-WebSocket-Key:dGhlIHNhbXBsZSBub25=ZQ=="}},

    {"no version", FORMAT_ERROR, {BUT_VERSION}},
    {"an empty version", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE}},
    {"no number", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "x"}},
    {"a number and more", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "13x"}},
    {"a sign", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "+13"}},
    /* Numbers up to 255 without leading zeros, RFC 6455 section 4.3. */
    {"a leading zero", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "07"}},
    {"a leading zero before 13",
     FORMAT_ERROR,
     {BUT_VERSION, VERSION_LINE "013"}},
    {"a leading zero before 100",
     FORMAT_ERROR,
     {BUT_VERSION, VERSION_LINE "0100"}},
    {"a sign before 7", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "+7"}},
    {"version 256", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "256"}},
    {"two numbers", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "13 13"}},
    {"the version twice", FORMAT_ERROR, {BUT_VERSION, VERSION, VERSION}},
    {"two versions, good one first",
     FORMAT_ERROR,
     {BUT_VERSION, VERSION, VERSION_LINE "8"}},
    {"a list of versions", FORMAT_ERROR, {BUT_VERSION, VERSION_LINE "8, 13"}},

    {"version 0", NEW_VERSION, {BUT_VERSION, VERSION_LINE "0"}},
    {"version 7", NEW_VERSION, {BUT_VERSION, VERSION_LINE "7"}},
    {"version 8", NEW_VERSION, {BUT_VERSION, VERSION_LINE " 8 "}},
    {"version 12", NEW_VERSION, {BUT_VERSION, VERSION_LINE "12"}},
    {"version 14", NEW_VERSION, {BUT_VERSION, VERSION_LINE "14"}},
    {"version 99", NEW_VERSION, {BUT_VERSION, VERSION_LINE "99"}},
    {"version 131", NEW_VERSION, {BUT_VERSION, VERSION_LINE "131"}},
    {"version 255", NEW_VERSION, {BUT_VERSION, VERSION_LINE "255"}},
};

static void check_request(const struct request_row *row) {
  WEB_SOCKET_HTTP_HEADER unused;
  struct header_set set = {&unused, 77};
  struct lines request = {0};
  PWEB_SOCKET_HTTP_HEADER key;
  WEB_SOCKET_HANDLE h = new_server();
  char accept[29];
  collect(&request, row->lines, "");
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), row->hr);
  if (row->hr == S_OK) {
    key = find_header(request.at, request.count, "Sec-WebSocket-Key");
    if (key != NULL && key->ulValueLength == 24) {
      accept_for_key(key->pcValue, accept);
    } else {
      strcpy(accept, SAMPLE_ACCEPT);
    }
    CHECK_EQ(set.count, 3);
    check_answer(&set, accept);
    CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
    expect_open(h);
  } else {
    CHECK_PTR(set.at, &unused);
    CHECK_EQ(set.count, 77);
    CHECK_EQ(WebSocketEndServerHandshake(h), OPERATION_ERROR);
    expect_not_open(h);
    begin_again(h);
  }
  WebSocketDeleteHandle(h);
  free_lines(&request);
}

/* What the library made of the headers stays when the caller's are gone. */
static void test_request_is_not_needed_any_more(void) {
  struct lines request = {0};
  struct header_set set;
  char chat[] = "chat", deflate[] = "deflate; a=1";
  PCSTR extension = deflate;
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&request, PROTOCOL "superchat,chat");
  add_line(&request, EXTENSIONS "deflate", "");
  CHECK_EQ(begin_server(h, chat, &extension, 1, &request, &set), S_OK);
  free_lines(&request);
  memset(chat, '#', sizeof chat - 1);
  memset(deflate, '#', sizeof deflate - 1);
  CHECK_EQ(set.count, 5);
  check_answer(&set, SAMPLE_ACCEPT);
  EXPECT_HEADER(set, 3, "Sec-WebSocket-Protocol", "chat");
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Extensions", "deflate; a=1");
  WebSocketDeleteHandle(h);
}

static void test_bad_pointers(void) {
  struct lines request = {0};
  struct header_set set;
  PCSTR missing[] = {"a", NULL};
  WEB_SOCKET_HANDLE h = new_server();
  WEB_SOCKET_HTTP_HEADER saved;
  request_with(&request, "Sec-WebSocket-Extensions:a");
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, request.at,
                                         request.count, NULL, &set.count),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, request.at,
                                         request.count, &set.at, NULL),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, NULL, 5, &set.at,
                                         &set.count),
           E_INVALIDARG);
  CHECK_EQ(begin_server(h, NULL, NULL, 1, &request, &set), E_INVALIDARG);
  CHECK_EQ(begin_server(h, NULL, missing, 2, &request, &set), E_INVALIDARG);
  CHECK_EQ(begin_server(NULL, NULL, NULL, 0, &request, &set), E_INVALIDARG);
  saved = request.at[1];
  request.at[1].pcName = NULL;
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), E_INVALIDARG);
  request.at[1] = saved;
  request.at[1].pcValue = NULL;
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), E_INVALIDARG);
  request.at[1] = saved;
  /* An empty value needs no memory: Host may be empty. */
  saved = request.at[0];
  request.at[0].pcValue = NULL;
  request.at[0].ulValueLength = 0;
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  check_answer(&set, SAMPLE_ACCEPT);
  WebSocketDeleteHandle(h);
  free_lines(&request);
}

int main(void) {
  CHECK_ROWS(requests, check_request);
  test_request_is_not_needed_any_more();
  test_bad_pointers();
  return 0;
}
