/*
 * The code that README.md and docs/integrating.md show, but for what is quoted
 * from examples/loopback.c: it does what it is said to do. The network is two
 * strings of octets, and the other end of each connection is a second handle.
 * tests/documents.rs looks that the documents have the same.
 */
#include <wspc.h>

#include "session.h"

static struct octets to_server, to_client;
static WEB_SOCKET_HANDLE other; /* the server */

/* ---- an opening handshake, step 2 of docs/integrating.md ---- */

/* A head: its first line or lines, then the headers that the library made. */
static size_t write_head(char *text, size_t room, const char *first,
                         const WEB_SOCKET_HTTP_HEADER *headers, ULONG count) {
  size_t length = (size_t)snprintf(text, room, "%s\r\n", first);
  ULONG i;
  for (i = 0; i < count && length < room; i++) {
    length += (size_t)snprintf(text + length, room - length, "%s: %s\r\n",
                               headers[i].pcName, headers[i].pcValue);
  }
  if (length < room) {
    length += (size_t)snprintf(text + length, room - length, "\r\n");
  }
  return length < room ? length : 0; /* 0: there is no room for it */
}

static size_t ask(WEB_SOCKET_HANDLE handle, char *text, size_t room) {
  PWEB_SOCKET_HTTP_HEADER headers;
  ULONG count;
  if (WebSocketBeginClientHandshake(handle, NULL, 0, NULL, 0, NULL, 0, &headers,
                                    &count) != S_OK) {
    return 0;
  }
  return write_head(text, room, "GET /chat HTTP/1.1\r\nHost: example.com",
                    headers, count);
}

/* `head` has the `length` octets that have come. Returns a status of HTTP, or 0
 * when more has to come; the answer for 101 is in `text`. */
static int answer(WEB_SOCKET_HANDLE handle, const char *head, ULONG length,
                  ULONG *head_length, char *text, size_t room) {
  WEB_SOCKET_HTTP_HEADER fields[100];
  PWEB_SOCKET_HTTP_HEADER headers;
  WSPC_REQUEST request;
  ULONG count = 100, header_count; /* `count`: room, then fields */
  HRESULT hr = WspcParseRequest(head, length, &request, fields, &count,
                                head_length);
  if (hr == WSPC_E_INCOMPLETE) {
    return 0; /* read on, and come back with all of it */
  }
  if (hr != S_OK) {
    return hr == WSPC_E_TOO_MANY_HEADERS ? 431 : 400;
  }
  if (request.ulMethodLength != 3 || memcmp(request.pcMethod, "GET", 3) != 0) {
    return 405; /* what a parser returns ends without a NUL */
  }
  hr = WebSocketBeginServerHandshake(handle, NULL, NULL, 0, fields, count,
                                     &headers, &header_count);
  if (hr != S_OK) {
    return hr == E_PROTOCOL_VERSION_NOT_SUPPORTED ? 426
           : hr == E_INVALID_PROTOCOL_FORMAT      ? 400
                                                  : 500;
  }
  return write_head(text, room, "HTTP/1.1 101 Switching Protocols", headers,
                    header_count) > 0
             ? 101
             : 500;
}

/* The client's handle is made already; the server's is `other`. */
static void shake_hands(WEB_SOCKET_HANDLE client) {
  char request[1024], response[1024];
  WEB_SOCKET_HTTP_HEADER fields[16];
  WSPC_RESPONSE line;
  ULONG count = COUNT(fields), head_length = 0, arrived = 0;
  size_t length = ask(client, request, sizeof request);
  int status = 0;
  CHECK(length > 0);
  memcpy(request + length, "early", 5);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &other), S_OK);
  while (status == 0) {
    CHECK(arrived < length);
    arrived++;
    /* With the last octet of the head come some that are not of it. */
    status = answer(other, request,
                    arrived < length ? arrived : (ULONG)length + 5,
                    &head_length, response, sizeof response);
  }
  CHECK_EQ(status, 101);
  CHECK_EQ(arrived, length);
  CHECK_EQ(head_length, length);
  CHECK_EQ(WspcParseResponse(response, (ULONG)strlen(response), &line, fields,
                             &count, &head_length),
           S_OK);
  CHECK_EQ(line.ulStatus, 101);
  CHECK_EQ(WebSocketEndClientHandshake(client, fields, count, NULL, NULL, NULL),
           S_OK);
}

static void what_is_refused(void) {
  static const struct {
    const char *head;
    int status;
  } heads[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n", 0},
      {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHo st: a\r\n\r\n", 400},
      {"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", 405},
      {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
       "Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n\r\n",
       426},
  };
  char text[1024];
  ULONG head_length;
  size_t i;
  WEB_SOCKET_HANDLE client = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &other), S_OK);
  for (i = 0; i < COUNT(heads); i++) {
    check_row = heads[i].head;
    CHECK_EQ(answer(other, heads[i].head, (ULONG)strlen(heads[i].head),
                    &head_length, text, sizeof text),
             heads[i].status);
  }
  check_row = "";
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &client), S_OK);
  CHECK_EQ(ask(client, text, 20), 0);
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(other);
}

/* ---- the action loop, README.md ---- */

/* Stands for a socket. All octets of a buffer go out. */
static ULONG write_from(const WEB_SOCKET_BUFFER *buffer) {
  octets_append(&to_server, buffer->Data.pbBuffer, buffer->Data.ulBufferLength);
  return buffer->Data.ulBufferLength;
}

/* The server echoes what came. */
static ULONG read_into(const WEB_SOCKET_BUFFER *buffer) {
  struct network network = network_of(&to_server, 7);
  WEB_SOCKET_BUFFER hello = data_buffer("Hello", 5);
  EXPECT_RECEIVED(other, &network, UTF8_MESSAGE, "Hello", 5);
  send_all(other, 2, UTF8_MESSAGE, &hello, &to_client);
  CHECK(to_client.length <= buffer->Data.ulBufferLength);
  memcpy(buffer->Data.pbBuffer, to_client.data, to_client.length);
  return (ULONG)to_client.length;
}

static struct octets shown;

static void show(const WEB_SOCKET_BUFFER *buffer) {
  octets_append(&shown, buffer->Data.pbBuffer, buffer->Data.ulBufferLength);
}

static void say_hello(void) {
  WEB_SOCKET_HANDLE handle;
  WEB_SOCKET_BUFFER text = {{(PBYTE) "Hello", 5}}, buffers[2];
  WEB_SOCKET_BUFFER_TYPE type;
  WEB_SOCKET_ACTION action;
  PVOID context, id;
  ULONG count = 2, octets, i; /* `count`: room in `buffers`, then buffers */

  WebSocketCreateClientHandle(NULL, 0, &handle);
  shake_hands(handle); /* two calls, and HTTP of your own */
  WebSocketSend(handle, WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE, &text, NULL);
  WebSocketReceive(handle, NULL, NULL);
  while (WebSocketGetAction(handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers,
                            &count, &action, &type, &context, &id) == S_OK &&
         action != WEB_SOCKET_NO_ACTION) {
    octets = 0;
    if (action == WEB_SOCKET_SEND_TO_NETWORK_ACTION) {
      for (i = 0; i < count; i++) {
        octets += write_from(&buffers[i]);
      }
    } else if (action == WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION) {
      octets = read_into(&buffers[0]);
    } else if (action == WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION && count) {
      show(&buffers[0]);
    }
    WebSocketCompleteAction(handle, id, octets);
    count = 2;
  }
  WebSocketDeleteHandle(handle);
}

/* ---- what fails, step 6 of docs/integrating.md ---- */

struct connection {
  WEB_SOCKET_HANDLE handle;
  PVOID write_action, read_action; /* what is out, or NULL */
};

static int contexts[3];
static int handed_back;

/* Until there is nothing to do; counts the contexts that come back. */
static void run(struct connection *connection, WEB_SOCKET_ACTION_QUEUE queue) {
  for (;;) {
    struct step step = get_action(connection->handle, queue, 2);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      return;
    }
    CHECK(step.action != RECEIVE_FROM_NETWORK);
    if (step.action == SEND_TO_NETWORK) {
      append_buffers(&to_client, &step);
    } else {
      handed_back += step.app != NULL;
    }
    complete(connection->handle, &step);
  }
}

static void end(struct connection *connection, HRESULT hr) {
  WEB_SOCKET_HANDLE handle = connection->handle;
  USHORT status;
  if ((hr == E_INVALID_PROTOCOL_FORMAT || hr == E_INVALID_PROTOCOL_OPERATION) &&
      WspcGetCloseStatus(handle, &status) == S_OK) {
    WEB_SOCKET_BUFFER close;
    close.CloseStatus.pbReason = NULL;
    close.CloseStatus.ulReasonLength = 0;
    close.CloseStatus.usStatus = status;
    if (WebSocketSend(handle, WEB_SOCKET_CLOSE_BUFFER_TYPE, &close, NULL) ==
        S_OK) {
      run(connection, WEB_SOCKET_SEND_ACTION_QUEUE);
    }
  }
  WebSocketAbortHandle(handle);
  /* What is out comes back only when it is completed; NULL does nothing. */
  WebSocketCompleteAction(handle, connection->write_action, 0);
  WebSocketCompleteAction(handle, connection->read_action, 0);
  run(connection, WEB_SOCKET_ALL_ACTION_QUEUE);
  WebSocketDeleteHandle(handle);
}

/* The peer broke the protocol; a second receive is queued. */
static void a_fault_is_told(void) {
  struct connection connection = {server_with(NULL, 0), NULL, NULL};
  struct network network;
  struct octets wire = {NULL, 0, 0};
  struct step step;
  BYTE close[] = {0x88, 2, 1007 >> 8, 1007 & 0xFF};
  octets_free(&to_client);
  append_frame(&wire, FIN | OP_TEXT, test_mask, "\xFF", 1);
  network = network_of(&wire, 100);
  handed_back = 0;
  CHECK_EQ(WebSocketReceive(connection.handle, NULL, &contexts[0]), S_OK);
  CHECK_EQ(WebSocketReceive(connection.handle, NULL, &contexts[1]), S_OK);
  step = pump(connection.handle, ALL_QUEUES, &network);
  CHECK_EQ(step.hr, FORMAT_ERROR);
  end(&connection, step.hr);
  CHECK_OCTETS(to_client.data, to_client.length, close, sizeof close);
  CHECK_EQ(handed_back, 2);
  octets_free(&wire);
}

/* The transport broke while a send and a read are out, and one send waits. */
static void what_is_out_comes_back(void) {
  struct connection connection = {server_with(NULL, 0), NULL, NULL};
  WEB_SOCKET_BUFFER buffer = data_buffer("abc", 3);
  struct step step;
  handed_back = 0;
  CHECK_EQ(WebSocketSend(connection.handle, BINARY_MESSAGE, &buffer,
                         &contexts[0]),
           S_OK);
  CHECK_EQ(WebSocketSend(connection.handle, BINARY_MESSAGE, &buffer,
                         &contexts[1]),
           S_OK);
  CHECK_EQ(WebSocketReceive(connection.handle, NULL, &contexts[2]), S_OK);
  step = get_action(connection.handle, ALL_QUEUES, 2);
  CHECK_EQ(step.action, SEND_TO_NETWORK);
  connection.write_action = step.id;
  step = get_action(connection.handle, ALL_QUEUES, 2);
  CHECK_EQ(step.action, RECEIVE_FROM_NETWORK);
  connection.read_action = step.id;
  end(&connection, E_FAIL);
  CHECK_EQ(handed_back, 3);
}

int main(void) {
  what_is_refused();
  say_hello();
  CHECK_OCTETS(shown.data, shown.length, "Hello", 5);
  WebSocketDeleteHandle(other);
  a_fault_is_told();
  what_is_out_comes_back();
  octets_free(&to_server);
  octets_free(&to_client);
  octets_free(&shown);
  return 0;
}
