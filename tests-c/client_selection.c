/*
 * What a server selected of a client's subprotocols and extensions (RFC 6455
 * section 4.1), as EndClientHandshake returns it.
 *
 * Rows of docs/compatibility.md: *subprotocol-none-chosen*,
 * *subprotocol-index-untouched*, *extensions-none-chosen*, *extension-room*,
 * *extension-by-name*.
 */
#include "handshake.h"

/* What a cell had and keeps; no index is that high, and nobody writes it. */
#define NONE 77u

static PCSTR offered_subprotocols[] = {"chat", "superchat", "Chat"};
static PCSTR offered_extensions[] = {
    "permessage-deflate; client_max_window_bits", "x-a", "x-b; p=\"q\"",
    "x-a; other"};

/* Cells of which each shows whether it was written. */
static void fill_untouched(ULONG *cells, size_t count) {
  while (count > 0) {
    cells[--count] = NONE;
  }
}

struct selection_row {
  const char *what;
  int offer_subprotocols;
  int offer_extensions;
  const char *lines[4];
  HRESULT hr;
  ULONG subprotocol;
  ULONG count;
  ULONG extensions[4];
};

#define PROTOCOL "Sec-WebSocket-Protocol:"
#define EXTENSIONS "Sec-WebSocket-Extensions:"
#define NO_SUBPROTOCOL E_SUBPROTOCOL_NOT_SUPPORTED
#define NO_EXTENSION E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED

static const struct selection_row selections[] = {
    {"first", 1, 0, {PROTOCOL "chat"}, S_OK, 0, 0, {0}},
    {"second", 1, 0, {PROTOCOL " superchat\t"}, S_OK, 1, 0, {0}},
    {"case counts", 1, 0, {PROTOCOL "Chat"}, S_OK, 2, 0, {0}},
    {"name in any case",
     1,
     0,
     {"sec-websocket-PROTOCOL:chat"},
     S_OK,
     0,
     0,
     {0}},
    {"another case", 1, 0, {PROTOCOL "CHAT"}, NO_SUBPROTOCOL, NONE, 0, {0}},
    {"prefix", 1, 0, {PROTOCOL "cha"}, NO_SUBPROTOCOL, NONE, 0, {0}},
    {"not offered", 1, 0, {PROTOCOL "mqtt"}, NO_SUBPROTOCOL, NONE, 0, {0}},
    {"empty", 1, 0, {PROTOCOL ""}, NO_SUBPROTOCOL, NONE, 0, {0}},
    {"a list",
     1,
     0,
     {PROTOCOL "chat, superchat"},
     NO_SUBPROTOCOL,
     NONE,
     0,
     {0}},
    /* By the words of Microsoft's page: "does not accept any". */
    {"none chosen", 1, 0, {NULL}, NO_SUBPROTOCOL, NONE, 0, {0}},
    {"twice",
     1,
     0,
     {PROTOCOL "chat", PROTOCOL "chat"},
     FORMAT_ERROR,
     NONE,
     0,
     {0}},
    {"no offer, no answer", 0, 0, {NULL}, S_OK, NONE, 0, {0}},

    {"one extension", 0, 1, {EXTENSIONS "x-b"}, S_OK, NONE, 1, {2}},
    {"with parameters of its own",
     0,
     1,
     {EXTENSIONS "permessage-deflate; server_no_context_takeover; a=b"},
     S_OK,
     NONE,
     1,
     {0}},
    {"in the order of the answer",
     0,
     1,
     {EXTENSIONS " x-b ;p=q ,\tpermessage-deflate,x-a"},
     S_OK,
     NONE,
     3,
     {2, 0, 1}},
    {"over several lines",
     0,
     1,
     {EXTENSIONS "x-a", EXTENSIONS "", EXTENSIONS "x-b, permessage-deflate"},
     S_OK,
     NONE,
     3,
     {1, 2, 0}},
    {"offered twice, chosen twice",
     0,
     1,
     {EXTENSIONS "x-a, x-a; other"},
     S_OK,
     NONE,
     2,
     {1, 3}},
    {"offered once, chosen twice",
     0,
     1,
     {EXTENSIONS "x-b, x-b"},
     NO_EXTENSION,
     NONE,
     0,
     {0}},
    {"none chosen", 0, 1, {NULL}, S_OK, NONE, 0, {0}},
    {"empty list", 0, 1, {EXTENSIONS " , "}, S_OK, NONE, 0, {0}},
    {"not offered", 0, 1, {EXTENSIONS "x-c"}, NO_EXTENSION, NONE, 0, {0}},
    {"one of two not offered",
     0,
     1,
     {EXTENSIONS "x-a, x-c"},
     NO_EXTENSION,
     NONE,
     0,
     {0}},
    {"prefix", 0, 1, {EXTENSIONS "x"}, NO_EXTENSION, NONE, 0, {0}},
    {"malformed", 0, 1, {EXTENSIONS "x-a; =1"}, FORMAT_ERROR, NONE, 0, {0}},
    {"only separators",
     0,
     1,
     {EXTENSIONS ";;=,\""},
     FORMAT_ERROR,
     NONE,
     0,
     {0}},
    {"both", 1, 1, {PROTOCOL "superchat", EXTENSIONS "x-a"}, S_OK, 1, 1, {1}},
    {"both offered, neither chosen",
     1,
     1,
     {NULL},
     NO_SUBPROTOCOL,
     NONE,
     0,
     {0}},
};

static WEB_SOCKET_HANDLE offering(int subprotocols, int extensions,
                                  struct header_set *set) {
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, offered_subprotocols, subprotocols ? 3 : 0,
                        offered_extensions, extensions ? 4 : 0, set),
           S_OK);
  return h;
}

static void check_selection(const struct selection_row *row) {
  struct header_set set;
  struct lines lines = {0};
  ULONG extensions[6], count = 5, subprotocol = NONE, i;
  WEB_SOCKET_HANDLE h =
      offering(row->offer_subprotocols, row->offer_extensions, &set);
  answer_to(&set, &lines);
  collect(&lines, row->lines, "");
  fill_untouched(extensions, COUNT(extensions));
  CHECK_EQ(WebSocketEndClientHandshake(h, lines.at, lines.count, extensions,
                                       &count, &subprotocol),
           row->hr);
  CHECK_EQ(subprotocol, row->subprotocol);
  CHECK_EQ(count, row->hr == S_OK ? row->count : 5);
  for (i = 0; i < 6; i++) {
    CHECK_EQ(extensions[i],
             i < 4 && i < row->count ? row->extensions[i] : NONE);
  }
  WebSocketDeleteHandle(h);
  /* Nobody needs to ask for what was selected. */
  h = offering(row->offer_subprotocols, row->offer_extensions, &set);
  free_lines(&lines);
  answer_to(&set, &lines);
  collect(&lines, row->lines, "");
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL, NULL),
      row->hr);
  if (row->hr == S_OK) {
    expect_open(h);
  } else {
    expect_not_open(h);
  }
  WebSocketDeleteHandle(h);
  free_lines(&lines);
}

/* The array must have room for every offer; then it is filled as asked. */
static void test_room_for_extensions(void) {
  struct header_set set;
  struct lines lines = {0};
  ULONG extensions[4], count, subprotocol = NONE;
  WEB_SOCKET_HANDLE h = offering(0, 1, &set);
  fill_untouched(extensions, COUNT(extensions));
  answer_to(&set, &lines);
  add_line(&lines, EXTENSIONS "x-b", "");
  for (count = 0; count < 4; count++) {
    ULONG room = count;
    CHECK_EQ(WebSocketEndClientHandshake(h, lines.at, lines.count, extensions,
                                         &room, &subprotocol),
             E_INVALIDARG);
    CHECK_EQ(room, count);
    CHECK_EQ(extensions[0], NONE);
  }
  CHECK_EQ(WebSocketEndClientHandshake(h, lines.at, lines.count, extensions,
                                       NULL, &subprotocol),
           E_INVALIDARG);
  expect_not_open(h);
  CHECK_EQ(WebSocketEndClientHandshake(h, lines.at, lines.count, extensions,
                                       &count, &subprotocol),
           S_OK);
  CHECK_EQ(count, 1);
  CHECK_EQ(extensions[0], 2);
  CHECK_EQ(extensions[1], NONE);
  CHECK_EQ(subprotocol, NONE);
  WebSocketDeleteHandle(h);
  free_lines(&lines);
}

/* The number alone, or the subprotocol alone, can be asked for. */
static void test_some_outputs(void) {
  struct header_set set;
  struct lines lines = {0};
  ULONG count = 4, subprotocol = NONE;
  WEB_SOCKET_HANDLE h = offering(1, 1, &set);
  answer_to(&set, &lines);
  add_line(&lines, EXTENSIONS "x-a, x-b", "");
  add_line(&lines, PROTOCOL "Chat", "");
  CHECK_EQ(
      WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, &count, NULL),
      S_OK);
  CHECK_EQ(count, 2);
  WebSocketDeleteHandle(h);
  free_lines(&lines);
  h = offering(1, 1, &set);
  answer_to(&set, &lines);
  add_line(&lines, PROTOCOL "Chat", "");
  CHECK_EQ(WebSocketEndClientHandshake(h, lines.at, lines.count, NULL, NULL,
                                       &subprotocol),
           S_OK);
  CHECK_EQ(subprotocol, 2);
  WebSocketDeleteHandle(h);
  free_lines(&lines);
}

int main(void) {
  CHECK_ROWS(selections, check_selection);
  test_room_for_extensions();
  test_some_outputs();
  return 0;
}
