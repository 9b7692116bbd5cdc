/*
 * The subprotocol and the extensions that a server selects of what was offered
 * (RFC 6455 section 4.2.2).
 *
 * Rows of docs/compatibility.md: *selection-not-offered*,
 * *empty-subprotocol-is-none*, *no-header-injection*, *extension-by-name*.
 */
#include "handshake.h"

#define PROTOCOL "Sec-WebSocket-Protocol:"
#define EXTENSIONS "Sec-WebSocket-Extensions:"

struct selection_row {
  const char *what;
  const char *lines[4]; /* of the request */
  const char *subprotocol;
  const char *extensions[3];
  HRESULT hr;
  const char *protocol_value; /* of the answer; NULL: no such header */
  const char *extensions_value;
};

static const struct selection_row selections[] = {
    {"nothing of nothing", {NULL}, NULL, {NULL}, S_OK, NULL, NULL},
    {"a subprotocol",
     {PROTOCOL "chat, superchat"},
     "superchat",
     {NULL},
     S_OK,
     "superchat",
     NULL},
    {"offered over several lines",
     {PROTOCOL "chat", PROTOCOL ",\tsuperchat "},
     "superchat",
     {NULL},
     S_OK,
     "superchat",
     NULL},
    {"an empty one is none", {PROTOCOL "chat"}, "", {NULL}, S_OK, NULL, NULL},
    {"an empty one of nothing", {NULL}, "", {NULL}, S_OK, NULL, NULL},
    {"nothing was offered", {NULL}, "chat", {NULL}, E_INVALIDARG, NULL, NULL},
    {"another was offered",
     {PROTOCOL "superchat"},
     "chat",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"subprotocols have a case",
     {PROTOCOL "chat"},
     "Chat",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"two at once",
     {PROTOCOL "chat, superchat"},
     "chat, superchat",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"white space is not part of it",
     {PROTOCOL "chat"},
     " chat",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a line break",
     {PROTOCOL "chat"},
     "chat\r\nX: y",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a line break that was offered",
     {PROTOCOL "chat\r\nX: y"},
     "chat\r\nX: y",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a carriage return that was offered",
     {PROTOCOL "chat\r"},
     "chat\r",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a line feed that was offered",
     {PROTOCOL "\nchat"},
     "\nchat",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},
    {"no token but offered",
     {PROTOCOL "a b"},
     "a b",
     {NULL},
     E_INVALIDARG,
     NULL,
     NULL},

    {"an extension",
     {EXTENSIONS "deflate; bits, x-a"},
     NULL,
     {"x-a"},
     S_OK,
     NULL,
     "x-a"},
    {"with parameters of its own",
     {EXTENSIONS "deflate; bits"},
     NULL,
     {"deflate; takeover; bits=10; q=\"w\""},
     S_OK,
     NULL,
     "deflate; takeover; bits=10; q=\"w\""},
    {"several, several lines",
     {EXTENSIONS "a, b", EXTENSIONS " c;x "},
     NULL,
     {"c", "a;y"},
     S_OK,
     NULL,
     "c, a;y"},
    {"behind a quoted comma",
     {EXTENSIONS "a; p=\"x, y\\\", z\", b"},
     NULL,
     {"b"},
     S_OK,
     NULL,
     "b"},
    {"only inside quotes",
     {EXTENSIONS "a; p=\"x, b\", c"},
     NULL,
     {"b"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"both",
     {PROTOCOL "chat", EXTENSIONS "a"},
     "chat",
     {"a"},
     S_OK,
     "chat",
     "a"},
    {"an extension nobody offered",
     {NULL},
     NULL,
     {"a"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"one of two not offered",
     {EXTENSIONS "a"},
     NULL,
     {"a", "b"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"one offer twice",
     {EXTENSIONS "a"},
     NULL,
     {"a", "a;x"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"offered twice, selected twice",
     {EXTENSIONS "a, a;x"},
     NULL,
     {"a;x", "a"},
     S_OK,
     NULL,
     "a;x, a"},
    {"a prefix of the offer",
     {EXTENSIONS "deflate"},
     NULL,
     {"def"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"an empty extension",
     {EXTENSIONS "a"},
     NULL,
     {""},
     E_INVALIDARG,
     NULL,
     NULL},
    {"two extensions in one string",
     {EXTENSIONS "a, b"},
     NULL,
     {"a, b"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a line break in a parameter",
     {EXTENSIONS "a"},
     NULL,
     {"a; b\r\nX: y"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a carriage return at the end",
     {EXTENSIONS "a"},
     NULL,
     {"a; b\r"},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a line feed in quotes",
     {EXTENSIONS "a"},
     NULL,
     {"a; b=\"\n\""},
     E_INVALIDARG,
     NULL,
     NULL},
    {"a comma in a parameter",
     {EXTENSIONS "a"},
     NULL,
     {"a; b=c,d"},
     E_INVALIDARG,
     NULL,
     NULL},
};

static ULONG count_of(const char *const *strings, ULONG most) {
  ULONG count = 0;
  while (count < most && strings[count] != NULL) {
    count++;
  }
  return count;
}

static void check_selection(const struct selection_row *row) {
  struct header_set set;
  struct lines request = {0};
  ULONG count = 3;
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&request, NULL);
  collect(&request, row->lines, "");
  CHECK_EQ(begin_server(h, row->subprotocol, (PCSTR *)row->extensions,
                        count_of(row->extensions, 3), &request, &set),
           row->hr);
  if (row->hr == S_OK) {
    check_answer(&set, SAMPLE_ACCEPT);
    if (row->protocol_value != NULL) {
      EXPECT_HEADER(set, count, "Sec-WebSocket-Protocol", row->protocol_value);
      count++;
    }
    if (row->extensions_value != NULL) {
      EXPECT_HEADER(set, count, "Sec-WebSocket-Extensions",
                    row->extensions_value);
      count++;
    }
    CHECK_EQ(set.count, count);
    expect_open(h);
  } else {
    expect_not_open(h);
    begin_again(h);
  }
  WebSocketDeleteHandle(h);
  free_lines(&request);
}

int main(void) {
  CHECK_ROWS(selections, check_selection);
  return 0;
}
