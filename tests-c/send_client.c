/*
 * Sends of a client: masked with a fresh key, small frames in one piece,
 * longer ones in pieces of the send buffer's size that make one frame.
 *
 * Rows of docs/compatibility.md: *one-frame-per-send*, *fresh-masking-keys*,
 * *masking-disabled*, *payload-released-early*.
 */
#include "guarded.h"

static int app_context;

/* All octets of a masked frame, piece by piece; checks the pieces' sizes. */
static void collect_pieces(WEB_SOCKET_HANDLE h, ULONG slots,
                           WEB_SOCKET_BUFFER_TYPE type, ULONG send_size,
                           struct guarded *payload, size_t total,
                           struct octets *wire) {
  struct step step;
  while (wire->length < total) {
    size_t left = total - wire->length;
    step = get_action(h, SEND_QUEUE, slots);
    EXPECT(step, SEND_TO_NETWORK, type, 1, &app_context);
    CHECK_EQ(step_length(&step), left < send_size ? left : send_size);
    append_buffers(wire, &step);
    if (wire->length == total) {
      /* From here on the payload is not looked at any more. */
      guarded_set(payload, NO_ACCESS);
    }
    complete(h, &step);
  }
  EXPECT_SENT(h, slots, type, &app_context);
  step = get_action(h, SEND_QUEUE, slots);
  EXPECT_NOTHING(step);
  guarded_set(payload, READ_ONLY);
}

static size_t masked_header(size_t length) {
  return length < 126 ? 6 : length < 65536 ? 8 : 14;
}

/* One message: one frame, its payload what the caller has, unchanged. */
static void check_message(WEB_SOCKET_HANDLE h, ULONG slots, ULONG send_size,
                          struct guarded *payload, size_t length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(payload->at, length);
  struct octets wire = {0};
  struct frame frame;
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, &app_context), S_OK);
  memset(&buffer, 0xAA, sizeof buffer); /* the struct was copied */
  collect_pieces(h, slots, BINARY_MESSAGE, send_size, payload,
                 masked_header(length) + length, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_BINARY);
  CHECK(frame.masked);
  CHECK_OCTETS(frame.payload, frame.length, payload->at, length);
  octets_free(&wire);
}

/* The payload can only be read: writing to it would end the program. */
static void test_pieces(void) {
  static const ULONG send_sizes[] = {16, 17, 256, 4096, 5000};
  static const size_t lengths[] = {
      0,   1,   2,    9,    10,   11,   12,   13,   26,    27,    28,
      125, 126, 127,  240,  248,  249,  250,  251,  256,   257,   504,
      512, 513, 4088, 4089, 4090, 4096, 4097, 8184, 65535, 65536, 70000};
  struct guarded payload = guarded_new(70000);
  size_t i, j;
  ULONG slots;
  fill_pattern(payload.at, 70000);
  guarded_set(&payload, READ_ONLY);
  for (i = 0; i < COUNT(send_sizes); i++) {
    WEB_SOCKET_HANDLE h = client_sized(4096, send_sizes[i]);
    for (j = 0; j < COUNT(lengths); j++) {
      for (slots = 1; slots <= 3; slots++) {
        check_message(h, slots, send_sizes[i], &payload, lengths[j]);
      }
    }
    WebSocketDeleteHandle(h);
  }
  guarded_free(&payload);
}

/* Without properties the send buffer of a client has 4096 octets. */
static void test_default_size(void) {
  struct guarded payload = guarded_new(1 << 20);
  WEB_SOCKET_HANDLE h = client_with(NULL, 0);
  fill_pattern(payload.at, 1 << 20);
  guarded_set(&payload, READ_ONLY);
  check_message(h, 2, 4096, &payload, 11);
  check_message(h, 2, 4096, &payload, 4096 - 8);
  check_message(h, 2, 4096, &payload, 4096 - 7);
  check_message(h, 1, 4096, &payload, 1 << 20);
  WebSocketDeleteHandle(h);
  guarded_free(&payload);
}

static int compare_keys(const void *a, const void *b) {
  return memcmp(a, b, 4);
}

/*
 * A fresh key for each frame. By chance one pair among 1000 keys is equal in
 * 1 run of 8600, so one is let through; more never happen.
 */
static void test_keys(void) {
  enum { FRAMES = 1000 };
  static BYTE keys[FRAMES][4];
  static const BYTE text[] = "Hello";
  WEB_SOCKET_HANDLE h = client_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 5);
  int i, equal = 0, bit;
  long ones[32] = {0};
  for (i = 0; i < FRAMES; i++) {
    struct octets wire = {0};
    struct frame frame;
    send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
    frame = only_frame(&wire);
    CHECK(frame.masked);
    CHECK_OCTETS(frame.payload, frame.length, text, 5);
    memcpy(keys[i], frame.mask, 4);
    for (bit = 0; bit < 32; bit++) {
      ones[bit] += frame.mask[bit / 8] >> bit % 8 & 1;
    }
    octets_free(&wire);
  }
  qsort(keys, FRAMES, 4, compare_keys);
  for (i = 1; i < FRAMES; i++) {
    equal += memcmp(keys[i - 1], keys[i], 4) == 0;
  }
  CHECK(equal <= 1);
  /* No bit is stuck: 500 ones are expected, 300 are 12 deviations off. */
  for (bit = 0; bit < 32; bit++) {
    CHECK(ones[bit] > 300 && ones[bit] < 700);
  }
  CHECK_STRING((const char *)text, "Hello");
  WebSocketDeleteHandle(h);
}

/* Two handles do not draw the same keys. */
static void test_keys_of_handles(void) {
  WEB_SOCKET_BUFFER buffer = data_buffer("x", 1);
  struct octets a = {0}, b = {0};
  WEB_SOCKET_HANDLE first = client_with(NULL, 0);
  WEB_SOCKET_HANDLE second = client_with(NULL, 0);
  int i;
  for (i = 0; i < 8; i++) {
    send_all(first, 2, BINARY_MESSAGE, &buffer, &a);
    send_all(second, 2, BINARY_MESSAGE, &buffer, &b);
  }
  CHECK_EQ(a.length, b.length);
  CHECK(memcmp(a.data, b.data, a.length) != 0);
  octets_free(&a);
  octets_free(&b);
  WebSocketDeleteHandle(first);
  WebSocketDeleteHandle(second);
}

/* Continuations and control frames are masked like any other frame. */
static void check_frame(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type,
                        const char *text, int first) {
  WEB_SOCKET_BUFFER buffer;
  struct octets wire = {0};
  struct frame frame;
  if (text != NULL) {
    buffer = data_buffer(text, strlen(text));
  }
  send_all(h, 2, type, text != NULL ? &buffer : NULL, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, first);
  CHECK(frame.masked);
  CHECK_OCTETS(frame.payload, frame.length, text,
               text != NULL ? strlen(text) : 0);
  octets_free(&wire);
}

static void test_messages_of_frames(void) {
  WEB_SOCKET_HANDLE h = client_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("x", 1);
  check_frame(h, UTF8_FRAGMENT, "Hel", OP_TEXT);
  CHECK_EQ(WebSocketSend(h, BINARY_FRAGMENT, &buffer, NULL), OPERATION_ERROR);
  check_frame(h, PING_PONG, NULL, FIN | OP_PING);
  check_frame(h, UTF8_FRAGMENT, "", OP_CONTINUATION);
  check_frame(h, UNSOLICITED_PONG, NULL, FIN | OP_PONG);
  check_frame(h, UTF8_MESSAGE, "lo", FIN | OP_CONTINUATION);
  check_frame(h, BINARY_FRAGMENT, "a", OP_BINARY);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), OPERATION_ERROR);
  check_frame(h, BINARY_MESSAGE, "b", FIN | OP_CONTINUATION);
  check_frame(h, UTF8_MESSAGE, "", FIN | OP_TEXT);
  WebSocketDeleteHandle(h);
}

/* ---- masking switched off: the bit is set, the key 0, nothing copied ---- */

static void check_unmasked(WEB_SOCKET_HANDLE h, ULONG slots,
                           const BYTE *payload, ULONG length) {
  static const BYTE no_key[4] = {0};
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, length);
  struct octets want = {0};
  struct step step;
  int at_once = slots > 1 && length > 0;
  append_header(&want, FIN | OP_BINARY, no_key, length);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, slots);
  EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, at_once ? 2 : 1, &app_context);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, want.data, want.length);
  if (slots == 1 && length > 0) {
    complete(h, &step);
    step = get_action(h, SEND_QUEUE, 1);
    EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 1, &app_context);
  }
  if (length > 0) {
    CHECK_PTR(step.buffers[step.count - 1].Data.pbBuffer, payload);
    CHECK_EQ(step.buffers[step.count - 1].Data.ulBufferLength, length);
  }
  complete(h, &step);
  EXPECT_SENT(h, 2, BINARY_MESSAGE, &app_context);
  octets_free(&want);
}

static void test_masking_disabled(void) {
  static const ULONG lengths[] = {0, 1, 125, 126, 65535, 65536, 1 << 20};
  struct guarded payload = guarded_reserve(1 << 20);
  BOOL disabled = TRUE;
  ULONG send_size = 16, slots;
  WEB_SOCKET_PROPERTY p[2];
  struct octets ping = {0};
  WEB_SOCKET_HANDLE h;
  size_t i;
  p[0] = property_of(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, &disabled,
                     sizeof disabled);
  p[1] = property_of(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, &send_size,
                     sizeof send_size);
  h = client_with(p, 2);
  for (i = 0; i < COUNT(lengths); i++) {
    for (slots = 1; slots <= 3; slots++) {
      check_unmasked(h, slots, payload.at, lengths[i]);
    }
  }
  send_all(h, 2, PING_PONG, NULL, &ping);
  CHECK_OCTETS(ping.data, ping.length, "\x89\x80\0\0\0\0", 6);
  octets_free(&ping);
  WebSocketDeleteHandle(h);
  guarded_free(&payload);
}

/* FALSE leaves the masking on. */
static void test_masking_not_disabled(void) {
  BOOL disabled = FALSE;
  WEB_SOCKET_PROPERTY p = property_of(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE,
                                      &disabled, sizeof disabled);
  WEB_SOCKET_HANDLE h = client_with(&p, 1);
  WEB_SOCKET_BUFFER buffer = data_buffer("x", 1);
  struct octets wire = {0};
  static const BYTE no_key[4] = {0};
  int i;
  for (i = 0; i < 3; i++) {
    send_all(h, 2, BINARY_MESSAGE, &buffer, &wire);
  }
  CHECK(memcmp(wire.data + 2, no_key, 4) != 0 ||
        memcmp(wire.data + 9, no_key, 4) != 0 ||
        memcmp(wire.data + 16, no_key, 4) != 0);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_pieces();
  test_default_size();
  test_keys();
  test_keys_of_handles();
  test_messages_of_frames();
  test_masking_disabled();
  test_masking_not_disabled();
  return 0;
}
