/*
 * The headers of a client's request and the checks on the answer (RFC 6455
 * section 4.1).
 *
 * Rows of docs/compatibility.md: *client-headers*, *host-not-checked*,
 * *initial-headers-returned*, *no-header-injection*,
 * *failed-handshake-changes-nothing*.
 */
#include "handshake.h"

/* ---- the request ---- */

/* Base64 of 16 octets: 22 digits, of which the last has four spare bits. */
static void check_key(const WEB_SOCKET_HTTP_HEADER *header) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  int i;
  CHECK_OCTETS(header->pcName, header->ulNameLength, "Sec-WebSocket-Key", 17);
  CHECK_EQ(header->pcName[17], 0);
  CHECK_EQ(header->ulValueLength, 24);
  CHECK_EQ(header->pcValue[24], 0);
  for (i = 0; i < 22; i++) {
    CHECK(strchr(digits, header->pcValue[i]) != NULL);
  }
  CHECK(strchr("AQgw", header->pcValue[21]) != NULL);
  CHECK_OCTETS(header->pcValue + 22, 2, "==", 2);
}

static void check_first_four(const struct header_set *set) {
  EXPECT_HEADER(*set, 0, "Connection", "Upgrade");
  EXPECT_HEADER(*set, 1, "Upgrade", "websocket");
  EXPECT_HEADER(*set, 2, "Sec-WebSocket-Version", "13");
  check_key(&set->at[3]);
}

static void test_request(void) {
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  CHECK_EQ(set.count, 4);
  check_first_four(&set);
  WebSocketDeleteHandle(h);
}

static void test_keys_differ(void) {
  enum { KEYS = 200 };
  static char keys[KEYS][25];
  int i, j;
  for (i = 0; i < KEYS; i++) {
    struct header_set set;
    WEB_SOCKET_HANDLE h = new_client();
    CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
    check_key(&set.at[3]);
    strcpy(keys[i], set.at[3].pcValue);
    WebSocketDeleteHandle(h);
    for (j = 0; j < i; j++) {
      CHECK(strcmp(keys[i], keys[j]) != 0);
    }
  }
}

static void test_offers(void) {
  PCSTR subprotocols[] = {"chat", "superchat", "Chat"};
  PCSTR extensions[] = {"permessage-deflate; client_max_window_bits",
                        "x-test;a=1;b=\"two\""};
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, subprotocols, 3, extensions, 2, &set), S_OK);
  CHECK_EQ(set.count, 6);
  check_first_four(&set);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Protocol", "chat, superchat, Chat");
  EXPECT_HEADER(set, 5, "Sec-WebSocket-Extensions",
                "permessage-deflate; client_max_window_bits, "
                "x-test;a=1;b=\"two\"");
  WebSocketDeleteHandle(h);

  h = new_client();
  CHECK_EQ(begin_client(h, subprotocols, 1, NULL, 0, &set), S_OK);
  CHECK_EQ(set.count, 5);
  check_first_four(&set);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Protocol", "chat");
  WebSocketDeleteHandle(h);

  h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, extensions, 1, &set), S_OK);
  CHECK_EQ(set.count, 5);
  check_first_four(&set);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Extensions", extensions[0]);
  WebSocketDeleteHandle(h);
}

/* What the strings pointed to may change once the call is over. */
static void test_offers_are_copied(void) {
  char chat[] = "chat", deflate[] = "deflate";
  PCSTR subprotocol = chat, extension = deflate;
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, &subprotocol, 1, &extension, 1, &set), S_OK);
  memset(chat, '#', sizeof chat - 1);
  memset(deflate, '#', sizeof deflate - 1);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Protocol", "chat");
  EXPECT_HEADER(set, 5, "Sec-WebSocket-Extensions", "deflate");
  WebSocketDeleteHandle(h);
}

/* Headers that the caller has already come back all the same. */
static void test_initial_headers(void) {
  struct lines initial = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  add_line(&initial, "Host:127.0.0.1", "");
  add_line(&initial, "Connection:Upgrade", "");
  add_line(&initial, "Upgrade:websocket", "");
  add_line(&initial, "X-Unrelated:", "");
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, initial.at,
                                         initial.count, &set.at, &set.count),
           S_OK);
  CHECK_EQ(set.count, 4);
  check_first_four(&set);
  free_lines(&initial);
  end_client(h, &set);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

/* ---- a request that is refused ---- */

static const PCSTR bad_subprotocols[] = {
    "",         " ",         "a b",  "a,b",  "a;b",  "a\r\nX: y", "a\r",
    "a\n",      "a\tb",      "a=b",  "a\"b", "(a)",  "a/b",       "a:b",
    "a\x7f",    "a\xc3\xa9", " a",   "a ",   "a, b", "[a]",       "{a}",
    "\r\n\r\n", "a@b",       "a\\b", "a?b",  "a<b",  "a>b",       "a\x01"};

static const PCSTR bad_extensions[] = {
    "",         " ",           "a,b",     "a, b",         "a b",
    ";a",       "a;",          "a;b=",    "a;=b",         "a\r\nX: y",
    "a\r",      "a\n",         "a;b\r\n", "a;b=c\n",      "a;b=\"c",
    "a;b=\"\"", "a;b=\"c,d\"", "a;b=c d", "a;b=\"\r\n\"", "a\xc3\xa9",
    "a;;b",     "a=b",         "\"a\""};

/* Nothing is written, and the handle is as if nothing had been asked. */
static void check_refused(PCSTR *subprotocols, ULONG subprotocol_count,
                          PCSTR *extensions, ULONG extension_count) {
  WEB_SOCKET_HTTP_HEADER unused;
  struct header_set set = {&unused, 77};
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, subprotocols, subprotocol_count, extensions,
                        extension_count, &set),
           E_INVALIDARG);
  CHECK_PTR(set.at, &unused);
  CHECK_EQ(set.count, 77);
  CHECK_EQ(WebSocketEndClientHandshake(h, NULL, 0, NULL, NULL, NULL),
           OPERATION_ERROR);
  expect_not_open(h);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  CHECK_EQ(set.count, 4);
  check_first_four(&set);
  end_client(h, &set);
  expect_open(h);
  WebSocketDeleteHandle(h);
}

static void test_no_header_injection(void) {
  size_t i;
  for (i = 0; i < COUNT(bad_subprotocols); i++) {
    PCSTR offers[2] = {"good", NULL};
    check_row = bad_subprotocols[i];
    offers[1] = bad_subprotocols[i];
    check_refused(offers, 2, NULL, 0);
    check_refused(offers + 1, 1, NULL, 0);
  }
  for (i = 0; i < COUNT(bad_extensions); i++) {
    PCSTR offers[2] = {"good", NULL};
    check_row = bad_extensions[i];
    offers[1] = bad_extensions[i];
    check_refused(NULL, 0, offers, 2);
    check_refused(NULL, 0, offers + 1, 1);
  }
  check_row = "";
}

static void test_bad_offers(void) {
  PCSTR twice[] = {"chat", "chat"}, missing[] = {"chat", NULL};
  PCSTR alike[] = {"deflate; a", "deflate; b"};
  struct header_set set;
  WEB_SOCKET_HANDLE h;
  check_refused(twice, 2, NULL, 0); /* "MUST all be unique strings" */
  check_refused(missing, 2, NULL, 0);
  check_refused(NULL, 0, missing, 2);
  check_refused(NULL, 1, NULL, 0);
  check_refused(NULL, 0, NULL, 1);
  /* An extension may be offered with other parameters as well. */
  h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, alike, 2, &set), S_OK);
  EXPECT_HEADER(set, 4, "Sec-WebSocket-Extensions", "deflate; a, deflate; b");
  WebSocketDeleteHandle(h);
  /* Without elements nobody looks at the arrays. */
  h = new_client();
  CHECK_EQ(WebSocketBeginClientHandshake(
               h, (PCSTR *)UNTOUCHED, 0, (PCSTR *)UNTOUCHED, 0,
               (PWEB_SOCKET_HTTP_HEADER)UNTOUCHED, 0, &set.at, &set.count),
           S_OK);
  CHECK_EQ(set.count, 4);
  WebSocketDeleteHandle(h);
}

static void test_bad_pointers(void) {
  WEB_SOCKET_HTTP_HEADER nameless = header_of("", "x"), valueless = nameless;
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  nameless.pcName = NULL;
  valueless.pcValue = NULL;
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, NULL,
                                         &set.count),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &set.at,
                                         NULL),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 1, &set.at,
                                         &set.count),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, &nameless, 1,
                                         &set.at, &set.count),
           E_INVALIDARG);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, &valueless, 1,
                                         &set.at, &set.count),
           E_INVALIDARG);
  CHECK_EQ(begin_client(NULL, NULL, 0, NULL, 0, &set), E_INVALIDARG);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  check_first_four(&set);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_request();
  test_keys_differ();
  test_offers();
  test_offers_are_copied();
  test_initial_headers();
  test_no_header_injection();
  test_bad_offers();
  test_bad_pointers();
  return 0;
}
