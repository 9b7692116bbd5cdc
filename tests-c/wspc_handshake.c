/*
 * From the octets of a connection to an open session and back: heads parsed by
 * the companion functions, handshakes of both sides, then a message each way.
 * The example of RFC 6455 section 1.3 is among them.
 */
#include <wspc.h>

#include "session.h"

static const char rfc_request[] =
    "GET /chat HTTP/1.1\r\n"
    "Host: server.example.com\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Origin: http://example.com\r\n"
    "Sec-WebSocket-Protocol: chat, superchat\r\n"
    "Sec-WebSocket-Version: 13\r\n"
    "\r\n";

static const char rfc_answer[] =
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    "Sec-WebSocket-Protocol: chat\r\n"
    "\r\n";

static void append_text(struct octets *out, const char *text) {
  octets_append(out, text, strlen(text));
}

static void append_fields(struct octets *out,
                          const WEB_SOCKET_HTTP_HEADER *fields, ULONG count) {
  ULONG i;
  for (i = 0; i < count; i++) {
    octets_append(out, fields[i].pcName, fields[i].ulNameLength);
    append_text(out, ": ");
    octets_append(out, fields[i].pcValue, fields[i].ulValueLength);
    append_text(out, "\r\n");
  }
}

/* Serves what arrived, octet by octet; the answer goes to `out`. */
static WEB_SOCKET_HANDLE serve(const char *text, size_t length,
                               const char *subprotocol, struct octets *out) {
  WEB_SOCKET_HANDLE h = NULL;
  WEB_SOCKET_HTTP_HEADER fields[16];
  PWEB_SOCKET_HTTP_HEADER answer = NULL;
  WSPC_REQUEST request;
  ULONG arrived = 0, count, answers = 0, head_length = 0;
  HRESULT hr = WSPC_E_INCOMPLETE;
  while (hr == WSPC_E_INCOMPLETE) {
    CHECK(arrived < length);
    count = COUNT(fields);
    arrived++;
    hr =
        WspcParseRequest(text, arrived, &request, fields, &count, &head_length);
  }
  CHECK_EQ(hr, S_OK);
  CHECK_EQ(head_length, arrived);
  CHECK_EQ(arrived, length);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  CHECK_EQ(WebSocketBeginServerHandshake(h, subprotocol, NULL, 0, fields, count,
                                         &answer, &answers),
           S_OK);
  append_text(out, "HTTP/1.1 101 Switching Protocols\r\n");
  append_fields(out, answer, answers);
  append_text(out, "\r\n");
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  return h;
}

static void rfc_example_is_answered(void) {
  struct octets out = {NULL, 0, 0};
  WEB_SOCKET_HANDLE h = serve(rfc_request, strlen(rfc_request), "chat", &out);
  CHECK_OCTETS(out.data, out.length, rfc_answer, strlen(rfc_answer));
  octets_free(&out);
  WebSocketDeleteHandle(h);
}

/* Ends the client's handshake with an answer behind which octets stand. */
static void accept_answer(WEB_SOCKET_HANDLE h, struct octets *answer,
                          ULONG *selected) {
  WEB_SOCKET_HTTP_HEADER fields[16];
  WSPC_RESPONSE response;
  ULONG count = COUNT(fields), head_length = 0;
  size_t length = answer->length;
  append_text(answer, "\x81\x01!");
  CHECK_EQ(WspcParseResponse((const char *)answer->data, (ULONG)answer->length,
                             &response, fields, &count, &head_length),
           S_OK);
  CHECK_EQ(head_length, length);
  CHECK_EQ(response.ulStatus, 101);
  CHECK_EQ(WebSocketEndClientHandshake(h, fields, count, NULL, NULL, selected),
           S_OK);
}

/* Octets of one side as the network of the other. */
static void exchange(WEB_SOCKET_HANDLE from, WEB_SOCKET_HANDLE to,
                     const char *text) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  WEB_SOCKET_BUFFER buffer = data_buffer(text, strlen(text));
  send_all(from, 2, UTF8_MESSAGE, &buffer, &wire);
  network = network_of(&wire, 3);
  EXPECT_RECEIVED(to, &network, UTF8_MESSAGE, text, strlen(text));
  octets_free(&wire);
}

static void both_sides_meet(void) {
  static const char *offers[2] = {"chat", "superchat"};
  struct octets request = {NULL, 0, 0}, answer = {NULL, 0, 0};
  PWEB_SOCKET_HTTP_HEADER fields = NULL;
  WEB_SOCKET_HANDLE client = NULL, server;
  ULONG count = 0, selected = 77;
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &client), S_OK);
  CHECK_EQ(WebSocketBeginClientHandshake(client, offers, 2, NULL, 0, NULL, 0,
                                         &fields, &count),
           S_OK);
  append_text(&request, "GET / HTTP/1.1\r\nHost: localhost\r\n");
  append_fields(&request, fields, count);
  append_text(&request, "\r\n");
  server =
      serve((const char *)request.data, request.length, "superchat", &answer);
  accept_answer(client, &answer, &selected);
  CHECK_EQ(selected, 1);
  exchange(client, server, "to the server");
  exchange(server, client, "to the client");
  octets_free(&request);
  octets_free(&answer);
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(server);
}

int main(void) {
  rfc_example_is_answered();
  both_sides_meet();
  return 0;
}
