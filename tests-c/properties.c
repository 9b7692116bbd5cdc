/*
 * Properties of handles: values, sizes, minima, defaults, duplicates, and what
 * the switches change. ALLOCATED_BUFFER has a program of its own.
 *
 * Rows of docs/compatibility.md: *property-minima*, *property-values*,
 * *property-order*, *unaligned-properties*, *server-accepts-unmasked*,
 * *keepalive-not-settable*.
 */
#include "session.h"

#define RECEIVE_SIZE WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE
#define SEND_SIZE WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE
#define NO_MASKING WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE
#define NO_UTF8 WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE

enum role { CLIENT, SERVER, ROLES };

static HRESULT create(int role, WEB_SOCKET_PROPERTY *properties, ULONG count,
                      WEB_SOCKET_HANDLE *h) {
  return role == CLIENT ? WebSocketCreateClientHandle(properties, count, h)
                        : WebSocketCreateServerHandle(properties, count, h);
}

static WEB_SOCKET_HANDLE open_with(int role, WEB_SOCKET_PROPERTY *properties,
                                   ULONG count) {
  return role == CLIENT ? client_with(properties, count)
                        : server_with(properties, count);
}

/* Both kinds of handle are made, or refused and the output is NULL. */
static void check_create(WEB_SOCKET_PROPERTY *properties, ULONG count,
                         HRESULT want) {
  int role;
  for (role = 0; role < ROLES; role++) {
    WEB_SOCKET_HANDLE h = (WEB_SOCKET_HANDLE)(void *)UNTOUCHED;
    CHECK_EQ(create(role, properties, count, &h), want);
    if (want == S_OK) {
      CHECK(h != NULL && (PBYTE)h != UNTOUCHED);
      WebSocketDeleteHandle(h);
    } else {
      CHECK_PTR(h, NULL);
    }
  }
}

static void check_value(ULONG type, ULONG value, HRESULT want) {
  WEB_SOCKET_PROPERTY p =
      property_of((WEB_SOCKET_PROPERTY_TYPE)type, &value, sizeof value);
  check_create(&p, 1, want);
}

/* ---- what can be asked for ---- */

static void sizes_have_minima_alone(void) {
  static const ULONG good[] = {256, 257, 4096, 65535, 65536, 65537, 1048576};
  size_t i;
  for (i = 0; i < COUNT(good); i++) {
    check_value(RECEIVE_SIZE, good[i], S_OK);
    check_value(SEND_SIZE, good[i], S_OK);
  }
  check_value(RECEIVE_SIZE, 255, E_INVALIDARG);
  check_value(RECEIVE_SIZE, 0, E_INVALIDARG);
  check_value(SEND_SIZE, 16, S_OK);
  check_value(SEND_SIZE, 15, E_INVALIDARG);
  check_value(SEND_SIZE, 0, E_INVALIDARG);
}

static void other_types_are_refused(void) {
  static const ULONG types[] = {5, 6, 7, 8, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    check_value(types[i], 30000, E_INVALIDARG);
  }
}

/* For the size of a buffer see the program on lent buffers. */
static void values_have_one_size(void) {
  static const ULONG sizes[] = {0, 1, 2, 3, 5, 8, 4096, 0xFFFFFFFFu};
  static const ULONG types[] = {0, 1, 2, 4};
  ULONG cells[2] = {4096, 0};
  size_t t, s;
  for (t = 0; t < COUNT(types); t++) {
    WEB_SOCKET_PROPERTY p;
    for (s = 0; s < COUNT(sizes); s++) {
      p = property_of((WEB_SOCKET_PROPERTY_TYPE)types[t], cells, sizes[s]);
      check_create(&p, 1, E_INVALIDARG);
    }
    p = property_of((WEB_SOCKET_PROPERTY_TYPE)types[t], cells, 4);
    check_create(&p, 1, S_OK);
  }
}

static void values_must_be_somewhere(void) {
  ULONG type;
  for (type = 0; type <= 7; type++) {
    WEB_SOCKET_PROPERTY p =
        property_of((WEB_SOCKET_PROPERTY_TYPE)type, NULL, 4);
    check_create(&p, 1, E_INVALIDARG);
  }
}

static void arrays_must_be_somewhere(void) {
  int role;
  check_create(NULL, 1, E_INVALIDARG);
  check_create(NULL, 0xFFFFFFFFu, E_INVALIDARG);
  check_create(NULL, 0, S_OK);
  /* The array of an empty slice of Rust's points to nothing. */
  check_create((WEB_SOCKET_PROPERTY *)(void *)UNTOUCHED, 0, S_OK);
  for (role = 0; role < ROLES; role++) {
    CHECK_EQ(create(role, NULL, 0, NULL), E_INVALIDARG);
  }
}

/* One that is wrong spoils them all, wherever it stands. */
static void one_wrong_property_is_enough(void) {
  ULONG receive = 4096, send = 4096, wrong = 255;
  WEB_SOCKET_PROPERTY p[3];
  int at;
  for (at = 0; at < 3; at++) {
    p[0] = p[2] = property_of(RECEIVE_SIZE, &receive, 4);
    p[1] = property_of(SEND_SIZE, &send, 4);
    check_create(p, 3, S_OK);
    p[at] = property_of((WEB_SOCKET_PROPERTY_TYPE)5, &receive, 4);
    check_create(p, 3, E_INVALIDARG);
    p[at] = property_of(RECEIVE_SIZE, &receive, 2);
    check_create(p, 3, E_INVALIDARG);
  }
  p[0] = property_of(RECEIVE_SIZE, &receive, 4);
  p[2] = property_of(RECEIVE_SIZE, &wrong, 4);
  check_create(p, 3, E_INVALIDARG);
}

/* ---- what is seen of the sizes ---- */

/* The size of the first read, which is the receive buffer. */
static ULONG first_read(WEB_SOCKET_HANDLE h) {
  struct step step;
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  return step.buffers[0].Data.ulBufferLength;
}

/* The longest piece of a masked message, which is the send buffer. */
static size_t longest_piece(WEB_SOCKET_HANDLE h, size_t message) {
  BYTE *octets = (BYTE *)calloc(message, 1);
  WEB_SOCKET_BUFFER buffer = data_buffer(octets, message);
  size_t longest = 0;
  CHECK(octets != NULL);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, NULL), S_OK);
  for (;;) {
    struct step step = get_action(h, SEND_QUEUE, 2);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == SEND_COMPLETE) {
      free(octets);
      return longest;
    }
    CHECK_EQ(step.count, 1);
    if (step_length(&step) > longest) {
      longest = step_length(&step);
    }
    complete(h, &step);
  }
}

static void check_sizes(int role, WEB_SOCKET_PROPERTY *p, ULONG count,
                        ULONG receive, ULONG send) {
  WEB_SOCKET_HANDLE h = open_with(role, p, count);
  CHECK_EQ(first_read(h), receive);
  if (role == CLIENT) {
    CHECK_EQ(longest_piece(h, 3 * (size_t)send), send);
  }
  WebSocketDeleteHandle(h);
}

static void sizes_default_to_4096(void) {
  check_sizes(SERVER, NULL, 0, 4096, 16);
  check_sizes(CLIENT, NULL, 0, 4096, 4096);
}

static void sizes_are_those_asked_for(void) {
  static const ULONG receive[] = {256, 257, 1000, 4096, 65536, 1048576};
  static const ULONG send[] = {16, 17, 31, 256, 4096, 65536};
  size_t i;
  int role;
  for (i = 0; i < COUNT(receive); i++) {
    for (role = 0; role < ROLES; role++) {
      ULONG r = receive[i], s = send[i];
      WEB_SOCKET_PROPERTY p[2];
      size_properties(p, &r, &s);
      check_sizes(role, p, 2, receive[i], send[i]);
      check_sizes(role, p, 1, receive[i], role == CLIENT ? 4096 : 16);
    }
  }
}

/* Marlin hands a server 0, 1, 2 and 4, with a send buffer of 5120. */
static void marlins_properties_are_fine(void) {
  ULONG receive = 8192, send = 5120;
  BOOL masking = TRUE, utf8 = TRUE;
  WEB_SOCKET_PROPERTY p[4];
  size_properties(p, &receive, &send);
  p[2] = property_of(NO_MASKING, &masking, sizeof masking);
  p[3] = property_of(NO_UTF8, &utf8, sizeof utf8);
  check_sizes(SERVER, p, 4, 8192, 5120);
}

static void the_last_duplicate_counts(void) {
  ULONG first = 1024, last = 512, wrong = 16;
  WEB_SOCKET_PROPERTY p[3];
  int role;
  for (role = 0; role < ROLES; role++) {
    p[0] = property_of(RECEIVE_SIZE, &first, 4);
    p[1] = property_of(SEND_SIZE, &first, 4);
    p[2] = property_of(RECEIVE_SIZE, &last, 4);
    check_sizes(role, p, 3, 512, 1024);
    p[0] = property_of(RECEIVE_SIZE, &wrong, 4);
    check_sizes(role, p, 3, 512, 1024);
    p[0] = property_of(SEND_SIZE, &last, 4);
    check_sizes(role, p, 3, 512, 1024);
  }
}

/* .NET lays properties and values out anywhere in an array of octets. */
static void cells_need_no_alignment(void) {
  BYTE cells[64];
  size_t shift;
  int role;
  for (shift = 0; shift <= 8; shift++) {
    ULONG receive = 777, send = 333;
    BYTE *r = cells + shift, *s = cells + shift + 5, *array = cells + shift + 9;
    WEB_SOCKET_PROPERTY p[2];
    size_properties(p, (ULONG *)(void *)r, (ULONG *)(void *)s);
    memcpy(r, &receive, 4);
    memcpy(s, &send, 4);
    for (role = 0; role < ROLES; role++) {
      /* Odd cells first, then the array at an odd address as well. */
      check_sizes(role, p, 2, 777, 333);
      memmove(array, p, sizeof p[0]);
      check_sizes(role, (WEB_SOCKET_PROPERTY *)(void *)array, 1, 777,
                  role == CLIENT ? 4096 : 16);
    }
  }
}

/* Values are copied by the call. */
static void cells_may_change_afterwards(void) {
  int role;
  for (role = 0; role < ROLES; role++) {
    ULONG receive = 512, send = 64;
    WEB_SOCKET_PROPERTY p[2];
    WEB_SOCKET_HANDLE h = NULL;
    size_properties(p, &receive, &send);
    CHECK_EQ(create(role, p, 2, &h), S_OK);
    receive = send = 1;
    memset(p, 0, sizeof p);
    if (role == CLIENT) {
      connect_client(h);
      CHECK_EQ(longest_piece(h, 200), 64);
    } else {
      connect_server(h);
    }
    CHECK_EQ(first_read(h), 512);
    WebSocketDeleteHandle(h);
  }
}

/* ---- switches ---- */

/* Every BOOL but 0 is true. */
static const BOOL truths[] = {1, 2, -1, 256, (BOOL)0x80000000u};

static WEB_SOCKET_HANDLE switched(int role, WEB_SOCKET_PROPERTY_TYPE type,
                                  BOOL value) {
  WEB_SOCKET_PROPERTY p = property_of(type, &value, sizeof value);
  return open_with(role, &p, 1);
}

static void check_unmasked_client(WEB_SOCKET_HANDLE h) {
  static const BYTE zero[4] = {0, 0, 0, 0};
  static char text[] = "not copied";
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 10);
  struct octets wire = {NULL, 0, 0};
  struct frame frame;
  struct step step;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 2, NULL);
  CHECK_PTR(step.buffers[1].Data.pbBuffer, text);
  append_buffers(&wire, &step);
  frame = only_frame(&wire);
  CHECK(frame.masked);
  CHECK_OCTETS(frame.mask, 4, zero, 4);
  CHECK_OCTETS(frame.payload, frame.length, text, 10);
  octets_free(&wire);
}

/* The mask bit stays, the key is 0, and nothing has to be copied. */
static void a_client_without_masking_sends_key_0(void) {
  size_t i;
  for (i = 0; i < COUNT(truths); i++) {
    WEB_SOCKET_HANDLE h = switched(CLIENT, NO_MASKING, truths[i]);
    check_unmasked_client(h);
    WebSocketDeleteHandle(h);
  }
}

/* With key 0 by chance once in 2^32 runs, twice never. */
static void a_client_with_masking_draws_keys(void) {
  WEB_SOCKET_HANDLE h = switched(CLIENT, NO_MASKING, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  BYTE keys[2][4];
  int i;
  for (i = 0; i < 2; i++) {
    struct octets wire = {NULL, 0, 0};
    struct frame frame;
    send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
    frame = only_frame(&wire);
    CHECK(frame.masked);
    CHECK_OCTETS(frame.payload, frame.length, "text", 4);
    memcpy(keys[i], frame.mask, 4);
    octets_free(&wire);
  }
  CHECK(memcmp(keys[0], "\0\0\0", 4) != 0 || memcmp(keys[1], "\0\0\0", 4) != 0);
  WebSocketDeleteHandle(h);
}

/* How a handle takes one text frame, masked or not. */
static void check_taken(WEB_SOCKET_HANDLE h, int masked, const char *text,
                        HRESULT want) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  append_frame(&wire, FIN | OP_TEXT, masked ? test_mask : NULL, text,
               strlen(text));
  network = network_of(&wire, wire.length);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT_ERROR(step, want);
  if (want == S_OK) {
    EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, NULL);
    CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
                 step.buffers[0].Data.ulBufferLength, text, strlen(text));
    complete(h, &step);
  }
  octets_free(&wire);
}

/* Only a server may be told to take what is not masked. */
static void only_a_switched_server_takes_unmasked_frames(void) {
  size_t i;
  int on, masked;
  for (i = 0; i < COUNT(truths); i++) {
    WEB_SOCKET_HANDLE h = switched(SERVER, NO_MASKING, truths[i]);
    check_taken(h, 0, "plain", S_OK);
    check_taken(h, 1, "masked", S_OK);
    check_taken(h, 0, "plain", S_OK);
    WebSocketDeleteHandle(h);
  }
  for (masked = 0; masked < 2; masked++) {
    WEB_SOCKET_HANDLE h = switched(SERVER, NO_MASKING, 0);
    check_taken(h, masked, "text", masked ? S_OK : FORMAT_ERROR);
    WebSocketDeleteHandle(h);
    for (on = 0; on < 2; on++) {
      h = switched(CLIENT, NO_MASKING, on);
      check_taken(h, masked, "text", masked ? FORMAT_ERROR : S_OK);
      WebSocketDeleteHandle(h);
    }
  }
}

static void utf8_is_verified_unless_switched_off(void) {
  static const char bad[] = "\xce\xba\xff\xed\xa0\x80";
  size_t i;
  int role;
  for (role = 0; role < ROLES; role++) {
    WEB_SOCKET_HANDLE h = switched(role, NO_UTF8, 0);
    check_taken(h, role == SERVER, "\xce\xba", S_OK);
    check_taken(h, role == SERVER, bad, FORMAT_ERROR);
    WebSocketDeleteHandle(h);
    for (i = 0; i < COUNT(truths); i++) {
      h = switched(role, NO_UTF8, truths[i]);
      check_taken(h, role == SERVER, bad, S_OK);
      check_taken(h, role == SERVER, "\xce", S_OK);
      WebSocketDeleteHandle(h);
    }
  }
}

int main(void) {
  sizes_have_minima_alone();
  other_types_are_refused();
  values_have_one_size();
  values_must_be_somewhere();
  arrays_must_be_somewhere();
  one_wrong_property_is_enough();
  sizes_default_to_4096();
  sizes_are_those_asked_for();
  marlins_properties_are_fine();
  the_last_duplicate_counts();
  cells_need_no_alignment();
  cells_may_change_afterwards();
  a_client_without_masking_sends_key_0();
  a_client_with_masking_draws_keys();
  only_a_switched_server_takes_unmasked_frames();
  utf8_is_verified_unless_switched_off();
  return 0;
}
