/*
 * The calls of a client over a Winsock stream: it reads the names of headers
 * as C strings, offers two slots but sends the first buffer only, and hands
 * the library every header that the server sent.
 *
 * Rows of docs/compatibility.md: *client-small-send-in-one-buffer*,
 * *names-terminated*, *outgoing-text-unchecked*.
 */
#include "handshake.h"

/* The request as this client writes it: names by their NUL. */
static void write_request(const struct header_set *set, struct octets *out) {
  ULONG i;
  for (i = 0; i < set->count; i++) {
    octets_append(out, set->at[i].pcName, strlen(set->at[i].pcName));
    octets_append(out, ": ", 2);
    octets_append(out, set->at[i].pcValue, set->at[i].ulValueLength);
    octets_append(out, "\r\n", 2);
  }
  octets_append(out, "", 1);
}

static WEB_SOCKET_HANDLE open_client(void) {
  WEB_SOCKET_HANDLE h = NULL;
  struct header_set set;
  struct lines answer = {0};
  struct octets request = {0};
  char expected[256];
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  write_request(&set, &request);
  snprintf(expected, sizeof expected,
           "Connection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n",
           set.at[3].pcValue);
  CHECK_STRING((char *)request.data, expected);
  octets_free(&request);
  add_line(&answer, "Server: an example/1.0", "");
  add_line(&answer, "Date: Thu, 01 Jan 1970 00:00:00 GMT", "");
  answer_to(&set, &answer);
  add_line(&answer, "X-Powered-By:", "");
  add_line(&answer, "Content-Length: 0", "");
  CHECK_EQ(
      WebSocketEndClientHandshake(h, answer.at, answer.count, NULL, NULL, NULL),
      S_OK);
  free_lines(&answer);
  return h;
}

/* A stream to read from and one to write to. */
struct stream {
  struct octets in, out;
  size_t read;
};

/*
 * Its loop. Of a send only the first buffer is written; were there a second
 * one, the frame would be cut and the count too small.
 */
static void run_loop(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue,
                     struct stream *stream, struct octets *received) {
  WEB_SOCKET_ACTION action;
  do {
    WEB_SOCKET_BUFFER buffers[2];
    WEB_SOCKET_BUFFER_TYPE type;
    ULONG count = 2, transferred = 0;
    PVOID app, id;
    memset(buffers, 0, sizeof buffers);
    CHECK_EQ(WebSocketGetAction(h, queue, buffers, &count, &action, &type, &app,
                                &id),
             S_OK);
    switch (action) {
    case NO_ACTION:
      break;
    case RECEIVE_FROM_NETWORK:
      CHECK(count >= 1);
      transferred = (ULONG)(stream->in.length - stream->read);
      CHECK(transferred > 0);
      if (transferred > buffers[0].Data.ulBufferLength) {
        transferred = buffers[0].Data.ulBufferLength;
      }
      memcpy(buffers[0].Data.pbBuffer, stream->in.data + stream->read,
             transferred);
      stream->read += transferred;
      break;
    case RECEIVE_COMPLETE:
      CHECK_EQ(count, 1);
      octets_append(received, buffers[0].Data.pbBuffer,
                    buffers[0].Data.ulBufferLength);
      break;
    case SEND_TO_NETWORK:
      CHECK_EQ(count, 1);
      octets_append(&stream->out, buffers[0].Data.pbBuffer,
                    buffers[0].Data.ulBufferLength);
      transferred = buffers[0].Data.ulBufferLength;
      break;
    case SEND_COMPLETE:
      CHECK_EQ(count, 0);
      break;
    }
    WebSocketCompleteAction(h, id, transferred);
  } while (action != NO_ACTION);
}

static void test_send(WEB_SOCKET_HANDLE h) {
  /* UTF-16 that goes out as text: nobody objects. */
  static const BYTE wide[] = {'H', 0, 'i', 0, 0x3D, 0xD8, 0x00, 0xDE};
  WEB_SOCKET_BUFFER buffer = data_buffer(wide, sizeof wide);
  struct stream stream;
  struct octets received = {0};
  struct frame frame;
  memset(&stream, 0, sizeof stream);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  run_loop(h, ALL_QUEUES, &stream, &received);
  CHECK_EQ(received.length, 0);
  frame = only_frame(&stream.out);
  CHECK_EQ(frame.first, FIN | OP_TEXT);
  CHECK(frame.masked);
  CHECK_OCTETS(frame.payload, frame.length, wide, sizeof wide);
  octets_free(&stream.out);
}

static void test_receive(WEB_SOCKET_HANDLE h) {
  static const char *const texts[] = {"one", "", "three"};
  struct stream stream;
  size_t i;
  memset(&stream, 0, sizeof stream);
  for (i = 0; i < COUNT(texts); i++) {
    append_frame(&stream.in, FIN | OP_TEXT, NULL, texts[i], strlen(texts[i]));
  }
  for (i = 0; i < COUNT(texts); i++) {
    struct octets received = {0};
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    run_loop(h, ALL_QUEUES, &stream, &received);
    CHECK_OCTETS(received.data, received.length, texts[i], strlen(texts[i]));
    octets_free(&received);
  }
  CHECK_EQ(stream.out.length, 0);
  octets_free(&stream.in);
}

/* After a failure its clean-up looks at the handle. */
static void test_failed_create(void) {
  WEB_SOCKET_HANDLE h = (WEB_SOCKET_HANDLE)UNTOUCHED;
  ULONG size = 1;
  WEB_SOCKET_PROPERTY p = property_of(
      WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size);
  CHECK(FAILED(WebSocketCreateClientHandle(&p, 1, &h)));
  CHECK(h == NULL);
}

int main(void) {
  WEB_SOCKET_HANDLE h = open_client();
  test_send(h);
  test_receive(h);
  test_send(h);
  test_failed_create();
  WebSocketAbortHandle(h);
  WebSocketDeleteHandle(h);
  return 0;
}
