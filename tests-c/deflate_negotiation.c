/*
 * permessage-deflate in the handshake (RFC 7692 section 7): what is offered,
 * answered and refused, on both sides, and the property that asks for it.
 *
 * Rows of docs/compatibility.md: *deflate-property*, *deflate-negotiation*,
 * *deflate-is-ours*.
 */
#include "deflate.h"

#define OFFER NAME "; client_max_window_bits"

/* ---- the property ---- */

struct property_row {
  const char *what;
  WSPC_DEFLATE value;
  HRESULT client, server;
};

static const struct property_row property_rows[] = {
    {"all as usual", {0, 0, 0, 0, 0}, S_OK, S_OK},
    {"all that there is", {15, 15, 3, 9, 0xFFFFFFFFu}, S_OK, S_OK},
    {"the least", {8, 8, 0, 1, 1}, S_OK, S_OK},
    {"a window of 8 for a client", {8, 0, 0, 0, 0}, S_OK, S_OK},
    {"and for a server", {0, 8, 0, 0, 0}, S_OK, S_OK},
    {"too few bits", {7, 7, 0, 0, 0}, E_INVALIDARG, E_INVALIDARG},
    {"a client with 16", {16, 0, 0, 0, 0}, E_INVALIDARG, E_INVALIDARG},
    {"a server with 16", {0, 16, 0, 0, 0}, E_INVALIDARG, E_INVALIDARG},
    {"bits cut to 15", {0x10F, 0, 0, 0, 0}, E_INVALIDARG, E_INVALIDARG},
    {"an unknown flag", {0, 0, 4, 0, 0}, E_INVALIDARG, E_INVALIDARG},
    {"a level of 10", {0, 0, 0, 10, 0}, E_INVALIDARG, E_INVALIDARG},
    {"a level cut to 6", {0, 0, 0, 0x106, 0}, E_INVALIDARG, E_INVALIDARG},
};

static void check_create(WEB_SOCKET_PROPERTY p, HRESULT client,
                         HRESULT server) {
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateClientHandle(&p, 1, &h), client);
  WebSocketDeleteHandle(h);
  h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(&p, 1, &h), server);
  WebSocketDeleteHandle(h);
}

static void check_property(const struct property_row *row) {
  check_create(deflate_property(&row->value), row->client, row->server);
}

static void the_size_must_be_right(void) {
  WEB_SOCKET_PROPERTY p = deflate_property(&usual_deflate);
  p.ulValueSize--;
  check_create(p, E_INVALIDARG, E_INVALIDARG);
  p.ulValueSize += 2;
  check_create(p, E_INVALIDARG, E_INVALIDARG);
  p = deflate_property(NULL);
  check_create(p, E_INVALIDARG, E_INVALIDARG);
}

/* Receive buffer, send buffer (4096 at the least), 15 for what is between. */
static void a_lent_buffer_has_to_be_larger(void) {
  static BYTE buffer[256 + 16 + 144 + WSPC_DEFLATE_BUFFER_SIZE(256, 16)];
  ULONG receive = 256, send = 16;
  PVOID address = buffer;
  WEB_SOCKET_PROPERTY p[4];
  WEB_SOCKET_HANDLE h = NULL;
  size_properties(p, &receive, &send);
  p[2] = deflate_property(&usual_deflate);
  p[3] = property_of(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &address,
                     sizeof buffer - 1);
  CHECK_EQ(WebSocketCreateServerHandle(p, 4, &h), E_INVALIDARG);
  p[3].ulValueSize++;
  CHECK_EQ(WebSocketCreateServerHandle(p, 4, &h), S_OK);
  WebSocketDeleteHandle(h);
}

/* ---- servers ---- */

struct server_row {
  const char *what;
  WSPC_DEFLATE value;
  const char *offer, *answer;
};

static const struct server_row server_rows[] = {
    {"nothing is offered", {0}, "", ""},
    {"another extension", {0}, "x-deflate", ""},
    {"the plain offer", {0}, NAME, NAME},
    {"what browsers offer", {0}, OFFER, NAME},
    {"all four parameters",
     {0},
     NAME "; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=10; client_max_window_bits=11",
     NAME "; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=10; client_max_window_bits=11"},
    {"the server wants less",
     {10, 11, 3, 0, 0},
     OFFER,
     NAME "; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=11; client_max_window_bits=10"},
    {"what is less of both",
     {12, 12, 0, 0, 0},
     NAME "; server_max_window_bits=11; client_max_window_bits=13",
     NAME "; server_max_window_bits=11; client_max_window_bits=12"},
    {"a client that cannot be told", {10, 0, 0, 0, 0}, NAME, ""},
    {"the smallest window",
     {0},
     NAME "; server_max_window_bits=8",
     NAME "; server_max_window_bits=8"},
    {"the second offer",
     {0},
     NAME "; server_max_window_bits=7, x, " NAME "; client_max_window_bits=9",
     NAME "; client_max_window_bits=9"},
    {"an unknown parameter", {0}, NAME "; x_bits=9", ""},
    {"a parameter twice",
     {0},
     NAME "; client_max_window_bits; client_max_window_bits",
     ""},
    {"bits out of range", {0}, NAME "; client_max_window_bits=16", ""},
    {"bits with a zero before", {0}, NAME "; client_max_window_bits=09", ""},
    {"no bits at all", {0}, NAME "; server_max_window_bits", ""},
    {"a value too many", {0}, NAME "; server_no_context_takeover=1", ""},
};

static void check_server(const struct server_row *row) {
  WEB_SOCKET_HANDLE h = create_deflate(1, &row->value, 256, 16);
  offer_to(h, row->offer, row->answer);
  WebSocketDeleteHandle(h);
}

/* Without the property nobody answers for the application. */
static void test_server_without_the_property(void) {
  WEB_SOCKET_HANDLE h = new_server();
  offer_to(h, NAME, "");
  WebSocketDeleteHandle(h);
}

/* ---- clients ---- */

struct client_row {
  const char *what;
  WSPC_DEFLATE value;
  const char *offer, *answer;
  HRESULT hr;
};

#define UNSUPPORTED E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED

static const struct client_row client_rows[] = {
    {"the server declines", {0}, OFFER, "", S_OK},
    {"the plain answer", {0}, OFFER, NAME, S_OK},
    {"all four parameters",
     {0},
     OFFER,
     NAME "; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=10; client_max_window_bits=11",
     S_OK},
    {"the client wants less",
     {10, 11, 3, 0, 0},
     NAME "; server_no_context_takeover; client_no_context_takeover; "
          "server_max_window_bits=11; client_max_window_bits=10",
     NAME "; server_no_context_takeover; server_max_window_bits=11",
     S_OK},
    {"the server's window is larger",
     {0, 11, 0, 0, 0},
     NULL,
     NAME "; server_max_window_bits=12",
     UNSUPPORTED},
    {"the server's window is not told",
     {0, 11, 0, 0, 0},
     NULL,
     NAME,
     UNSUPPORTED},
    {"the server takes over",
     {0, 0, NO_SERVER_TAKEOVER, 0, 0},
     NULL,
     NAME,
     UNSUPPORTED},
    {"more than was offered",
     {10, 0, 0, 0, 0},
     NULL,
     NAME "; client_max_window_bits=11",
     UNSUPPORTED},
    {"an unknown parameter", {0}, NULL, NAME "; x", FORMAT_ERROR},
    {"bits without a number",
     {0},
     NULL,
     NAME "; client_max_window_bits",
     FORMAT_ERROR},
    {"answered twice", {0}, NULL, NAME ", " NAME, FORMAT_ERROR},
    {"not what was offered", {0}, NULL, "x", UNSUPPORTED},
};

static void check_client(const struct client_row *row) {
  WEB_SOCKET_HANDLE h = create_deflate(0, &row->value, 256, 16);
  CHECK_EQ(answer_with(h, row->offer, row->answer), row->hr);
  WebSocketDeleteHandle(h);
}

/* ---- beside the application's own extensions ---- */

static void the_extension_is_not_the_applications(void) {
  PCSTR own[] = {"x-test; a", NAME "; client_max_window_bits"};
  struct header_set set;
  struct lines request = {0};
  WEB_SOCKET_HANDLE h = create_deflate(0, &usual_deflate, 256, 16);
  CHECK_EQ(begin_client(h, NULL, 0, own, 2, &set), E_INVALIDARG);
  CHECK_EQ(begin_client(h, NULL, 0, own, 1, &set), S_OK);
  WebSocketDeleteHandle(h);
  h = create_deflate(1, &usual_deflate, 256, 16);
  request_with(&request, EXTENSIONS ":" NAME);
  CHECK_EQ(begin_server(h, NULL, own + 1, 1, &request, &set), E_INVALIDARG);
  free_lines(&request);
  WebSocketDeleteHandle(h);
}

/* The frames of the application's extensions have RSV2 and RSV3. */
static void expect_only_other_bits(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER text = data_buffer("text", 4);
  struct octets wire = {NULL, 0, 0};
  WEB_SOCKET_BUFFER_TYPE ours = type_of((FIN | RSV1 | OP_TEXT) << 2);
  CHECK_EQ(WebSocketSend(h, ours, &text, NULL), E_INVALIDARG);
  send_all(h, 2, type_of((FIN | RSV2 | OP_TEXT) << 2), &text, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | RSV2 | OP_TEXT);
  octets_free(&wire);
}

/* Ours comes last, and the application's indices know nothing of it. */
static void other_extensions_are_selected_beside_it(void) {
  PCSTR own[] = {"x-one", "x-two"};
  struct header_set set;
  struct lines answer = {0}, request = {0};
  ULONG indices[2] = {77, 77}, count = 2;
  char text[256];
  WEB_SOCKET_HANDLE h = create_deflate(0, &usual_deflate, 256, 16);
  CHECK_EQ(begin_client(h, NULL, 0, own, 2, &set), S_OK);
  extension_of(&set, text);
  CHECK_STRING(text, "x-one, x-two, " OFFER);
  answer_to(&set, &answer);
  add_line(&answer, EXTENSIONS ":" NAME ", x-two", "");
  CHECK_EQ(WebSocketEndClientHandshake(h, answer.at, answer.count, indices,
                                       &count, NULL),
           S_OK);
  CHECK_EQ(count, 1);
  CHECK_EQ(indices[0], 1);
  CHECK_EQ(indices[1], 77);
  free_lines(&answer);
  WebSocketDeleteHandle(h);

  h = create_deflate(1, &usual_deflate, 256, 16);
  request_with(&request, EXTENSIONS ":x-one, " OFFER);
  CHECK_EQ(begin_server(h, NULL, own, 1, &request, &set), S_OK);
  extension_of(&set, text);
  CHECK_STRING(text, "x-one, " NAME);
  expect_only_other_bits(h);
  free_lines(&request);
  WebSocketDeleteHandle(h);
}

int main(void) {
  CHECK_ROWS(property_rows, check_property);
  the_size_must_be_right();
  a_lent_buffer_has_to_be_larger();
  CHECK_ROWS(server_rows, check_server);
  test_server_without_the_property();
  CHECK_ROWS(client_rows, check_client);
  the_extension_is_not_the_applications();
  other_extensions_are_selected_beside_it();
  return 0;
}
