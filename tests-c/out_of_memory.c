/*
 * Every allocation of every function fails once: the result is E_OUTOFMEMORY,
 * outputs are left alone, and the same call works when there is memory again.
 *
 * Rows of docs/compatibility.md: *out-of-memory*.
 */
#include "counting.h"

#include "states.h"

#define OFFERS 40

/* What a call may need; a fresh one for each attempt. */
struct attempt {
  struct subject subject;
  PCSTR subprotocols[OFFERS];
  PCSTR extensions[OFFERS];
  char names[OFFERS][16];
  WEB_SOCKET_HTTP_HEADER headers[8];
  ULONG header_count;
};

static void name_offers(struct attempt *attempt) {
  int i;
  for (i = 0; i < OFFERS; i++) {
    snprintf(attempt->names[i], sizeof attempt->names[i], "offer-%d", i);
    attempt->subprotocols[i] = attempt->extensions[i] = attempt->names[i];
  }
}

/* ---- calls, with what a failure must leave alone ---- */

static HRESULT create_handle(struct attempt *attempt) {
  WEB_SOCKET_HANDLE h = (WEB_SOCKET_HANDLE)(void *)UNTOUCHED;
  HRESULT hr = attempt->subject.role == CLIENT
                   ? WebSocketCreateClientHandle(NULL, 0, &h)
                   : WebSocketCreateServerHandle(NULL, 0, &h);
  CHECK((h != NULL) == (hr == S_OK));
  CHECK((PBYTE)h != UNTOUCHED);
  attempt->subject.h = h;
  return hr;
}

static HRESULT begin_client(struct attempt *attempt) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL;
  ULONG count = 77;
  HRESULT hr = WebSocketBeginClientHandshake(
      attempt->subject.h, attempt->subprotocols, OFFERS, attempt->extensions,
      OFFERS, NULL, 0, &headers, &count);
  CHECK((headers == NULL) == (hr != S_OK));
  CHECK_EQ(count, hr == S_OK ? 6 : 77);
  if (hr == S_OK) {
    accept_for_key(find_header(headers, count, "Sec-WebSocket-Key")->pcValue,
                   attempt->subject.accept);
    attempt->subject.state = BEGUN;
  }
  return hr;
}

static HRESULT begin_server(struct attempt *attempt) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL;
  ULONG count = 77;
  HRESULT hr;
  fake_request(attempt->headers);
  attempt->headers[5] = header_of("Sec-WebSocket-Protocol", "offer-0");
  attempt->headers[6] = header_of("Sec-WebSocket-Extensions", "offer-0");
  hr = WebSocketBeginServerHandshake(attempt->subject.h, attempt->names[0],
                                     attempt->extensions, 1, attempt->headers,
                                     7, &headers, &count);
  CHECK((headers == NULL) == (hr != S_OK));
  CHECK_EQ(count, hr == S_OK ? 5 : 77);
  if (hr == S_OK) {
    attempt->subject.state = BEGUN;
  }
  return hr;
}

static HRESULT end_client(struct attempt *attempt) {
  ULONG indices[OFFERS], count = OFFERS, subprotocol = 77;
  HRESULT hr;
  memset(indices, 0xFF, sizeof indices);
  answer_headers(&attempt->subject, attempt->headers);
  attempt->headers[3] = header_of("Sec-WebSocket-Protocol", "offer-39");
  attempt->headers[4] =
      header_of("Sec-WebSocket-Extensions", "offer-7, offer-3");
  hr = WebSocketEndClientHandshake(attempt->subject.h, attempt->headers, 5,
                                   indices, &count, &subprotocol);
  CHECK_EQ(count, hr == S_OK ? 2 : OFFERS);
  CHECK_EQ(subprotocol, hr == S_OK ? 39 : 77);
  CHECK_EQ(indices[0], hr == S_OK ? 7 : 0xFFFFFFFFu);
  attempt->subject.state = hr == S_OK ? OPEN : BEGUN;
  return hr;
}

static HRESULT end_server(struct attempt *attempt) {
  return WebSocketEndServerHandshake(attempt->subject.h);
}

static HRESULT send_text(struct attempt *attempt) {
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  return WebSocketSend(attempt->subject.h, UTF8_MESSAGE, &buffer, NULL);
}

static HRESULT send_close(struct attempt *attempt) {
  WEB_SOCKET_BUFFER buffer = close_buffer(1000, "reason", 6);
  return WebSocketSend(attempt->subject.h, CLOSE, &buffer, NULL);
}

static HRESULT receive(struct attempt *attempt) {
  return WebSocketReceive(attempt->subject.h, NULL, NULL);
}

/* Behind one that is queued already, which takes no memory. */
static HRESULT send_second(struct attempt *attempt) {
  CHECK_EQ(send_text(attempt), S_OK);
  return send_text(attempt);
}

static HRESULT close_second(struct attempt *attempt) {
  CHECK_EQ(send_text(attempt), S_OK);
  return send_close(attempt);
}

static HRESULT receive_second(struct attempt *attempt) {
  CHECK_EQ(receive(attempt), S_OK);
  return receive(attempt);
}

static HRESULT ask(struct attempt *attempt) {
  return get_action(attempt->subject.h, ALL_QUEUES, 2).hr;
}

/* Room for more fields than the parser keeps on its stack, and octets too. */
static HRESULT parse(struct attempt *attempt) {
  char text[512];
  WEB_SOCKET_HTTP_HEADER fields[100];
  WSPC_REQUEST request;
  ULONG count = 100, length = 77;
  HRESULT hr;
  snprintf(text, sizeof text, "GET / HTTP/1.1\r\nA: %0400d\r\n\r\n",
           attempt->subject.role);
  hr = WspcParseRequest(text, (ULONG)strlen(text), &request, fields, &count,
                        &length);
  CHECK_EQ(count, hr == S_OK ? 1 : 100);
  CHECK_EQ(length, hr == S_OK ? strlen(text) : 77);
  return hr;
}

/* ---- one call under all failures ---- */

struct scenario {
  const char *name;
  int role;
  int state; /* of the handle before the call; STATES: there is none */
  HRESULT (*call)(struct attempt *);
  int allocates;
};

static void set_up(struct attempt *attempt, const struct scenario *scenario) {
  memset(attempt, 0, sizeof *attempt);
  name_offers(attempt);
  attempt->subject.role = scenario->role;
  if (scenario->state == STATES) {
    return;
  }
  attempt->subject = subject_in(scenario->role, CREATED);
  if (scenario->call == end_client) {
    CHECK_EQ(begin_client(attempt), S_OK);
  } else {
    go_on(&attempt->subject, scenario->state);
  }
}

/* The handle is as good as any other: it ends its handshake and sends. */
static void tear_down(struct attempt *attempt) {
  struct subject *subject = &attempt->subject;
  struct octets wire = {NULL, 0, 0};
  if (subject->h == NULL) {
    return;
  }
  if (attempt->subject.state == BEGUN && subject->role == CLIENT) {
    answer_headers(subject, attempt->headers);
    attempt->headers[3] = header_of("Sec-WebSocket-Protocol", "offer-1");
    CHECK_EQ(WebSocketEndClientHandshake(subject->h, attempt->headers, 4, NULL,
                                         NULL, NULL),
             S_OK);
    subject->state = OPEN;
  }
  go_on(subject, OPEN);
  if (get_action(subject->h, SEND_QUEUE, 2).action == NO_ACTION) {
    send_all(subject->h, 2, PING_PONG, NULL, &wire);
    CHECK_EQ(only_frame(&wire).length, 0);
  }
  octets_free(&wire);
  WebSocketDeleteHandle(subject->h);
}

/* Fails the n-th allocation, or all from it on; whether there was one. */
static int fail_nth(const struct scenario *scenario, size_t nth, int on) {
  struct attempt attempt;
  size_t blocks = heap.live_blocks;
  HRESULT hr;
  int failed;
  set_up(&attempt, scenario);
  check_row = scenario->name;
  heap.failed = 0;
  heap.fail_on = on;
  heap.fail_at = heap.calls + nth;
  hr = scenario->call(&attempt);
  heap.fail_at = 0;
  failed = heap.failed;
  CHECK_EQ(hr, failed ? E_OUTOFMEMORY : S_OK);
  if (failed) {
    CHECK_EQ(scenario->call(&attempt), S_OK);
  }
  tear_down(&attempt);
  CHECK_EQ(heap.live_blocks, blocks); /* nothing leaked on the way */
  check_row = "";
  return failed;
}

static const struct scenario scenarios[] = {
    {"create client", CLIENT, STATES, create_handle, 1},
    {"create server", SERVER, STATES, create_handle, 1},
    {"begin client", CLIENT, CREATED, begin_client, 1},
    {"begin server", SERVER, CREATED, begin_server, 1},
    {"end client", CLIENT, BEGUN, end_client, 1},
    {"end server", SERVER, BEGUN, end_server, 1},
    {"first send of a client", CLIENT, OPEN, send_text, 0},
    {"first send of a server", SERVER, OPEN, send_text, 0},
    {"first close of a server", SERVER, OPEN, send_close, 0},
    {"first receive of a client", CLIENT, OPEN, receive, 0},
    {"first receive of a server", SERVER, OPEN, receive, 0},
    {"second send of a client", CLIENT, OPEN, send_second, 1},
    {"second send of a server", SERVER, OPEN, send_second, 1},
    {"close of a server, second", SERVER, OPEN, close_second, 1},
    {"second receive of a client", CLIENT, OPEN, receive_second, 1},
    {"second receive of a server", SERVER, OPEN, receive_second, 1},
    /* The first session call ends a server's handshake. */
    {"send, implied end", SERVER, BEGUN, send_text, 1},
    {"receive, implied end", SERVER, BEGUN, receive, 1},
    {"ask, implied end", SERVER, BEGUN, ask, 1},
    {"ask a client", CLIENT, OPEN, ask, 0},
    {"ask a server", SERVER, OPEN, ask, 0},
    {"parse many fields", SERVER, STATES, parse, 1},
};

static void every_allocation_may_fail(void) {
  size_t i, nth;
  int on;
  for (i = 0; i < COUNT(scenarios); i++) {
    for (on = 0; on < 2; on++) {
      for (nth = 1; fail_nth(&scenarios[i], nth, on); nth++) {
        CHECK(nth < 100);
      }
      CHECK_EQ(nth > 1, scenarios[i].allocates);
    }
    printf("%s: %lu allocations\n", scenarios[i].name, (unsigned long)nth - 1);
  }
}

/* ---- queues that grow ---- */

/* Each operation first without memory; what is queued stays in order. */
static void queues_grow_without_loss(void) {
  struct subject subject = subject_in(SERVER, OPEN);
  static int contexts[200];
  size_t i, refused = 0;
  for (i = 0; i < COUNT(contexts); i++) {
    HRESULT hr;
    heap.fail_at = heap.calls + 1;
    hr = WebSocketSend(subject.h, PING_PONG, NULL, &contexts[i]);
    heap.fail_at = 0;
    if (hr != S_OK) {
      CHECK_EQ(hr, E_OUTOFMEMORY);
      refused++;
      CHECK_EQ(WebSocketSend(subject.h, PING_PONG, NULL, &contexts[i]), S_OK);
    }
  }
  CHECK(refused > 1);
  for (i = 0; i < COUNT(contexts); i++) {
    struct octets wire = {NULL, 0, 0};
    run_send(subject.h, 2, PING_PONG, &contexts[i], &wire);
    octets_free(&wire);
  }
  finish(&subject);
}

/* A refused send has not begun a message, nor closed. */
static void a_refused_send_leaves_no_trace(void) {
  struct subject subject = subject_in(SERVER, OPEN);
  WEB_SOCKET_BUFFER text = data_buffer("text", 4);
  struct octets wire = {NULL, 0, 0};
  /* The first in a queue takes no memory. */
  CHECK_EQ(WebSocketSend(subject.h, PING_PONG, NULL, NULL), S_OK);
  heap.fail_at = heap.calls + 1;
  CHECK_EQ(WebSocketSend(subject.h, BINARY_FRAGMENT, &text, NULL),
           E_OUTOFMEMORY);
  heap.fail_at = heap.calls + 1;
  CHECK_EQ(WebSocketSend(subject.h, CLOSE, NULL, NULL), E_OUTOFMEMORY);
  heap.fail_at = 0;
  run_send(subject.h, 2, PING_PONG, NULL, &wire);
  octets_free(&wire);
  finish(&subject); /* sends a text message of one frame */
}

/* ---- traffic needs no memory at all ---- */

static void append_mixture(struct octets *wire, const BYTE *mask) {
  append_frame(wire, FIN | OP_PING, mask, "ping", 4);
  append_frame(wire, FIN | OP_TEXT, mask, "text", 4);
}

/* Whatever is queued is carried out, or handed back, without a malloc. */
static void nothing_fails_half_way(void) {
  int role, way;
  for (way = 0; way < 2 * ROLES; way++) {
    struct subject subject;
    struct octets wire = {NULL, 0, 0};
    struct network network;
    WEB_SOCKET_BUFFER text = data_buffer("text", 4);
    struct step step;
    role = way % ROLES;
    subject = subject_in(role, OPEN);
    append_mixture(&wire, role == SERVER ? test_mask : NULL);
    CHECK_EQ(WebSocketSend(subject.h, UTF8_MESSAGE, &text, NULL), S_OK);
    CHECK_EQ(WebSocketReceive(subject.h, NULL, NULL), S_OK);
    heap.fail_on = 1;
    heap.fail_at = heap.calls + 1;
    if (way >= ROLES) {
      WebSocketAbortHandle(subject.h);
      subject.state = ABORTED;
    }
    network = network_of(&wire, wire.length);
    do {
      step = pump(subject.h, ALL_QUEUES, &network);
      CHECK_EQ(step.hr, S_OK);
      complete(subject.h, &step);
    } while (step.action != NO_ACTION);
    heap.fail_at = 0;
    octets_free(&wire);
    finish(&subject);
  }
}

/* ---- sizes that nobody has memory for ---- */

static void absurd_sizes_fail_at_the_end(void) {
  ULONG receive = 0xFFFFFFFFu, send = 0xFFFFFFFFu;
  WEB_SOCKET_PROPERTY p[2];
  struct subject subject;
  size_t blocks = heap.live_blocks;
  int role;
  for (role = 0; role < ROLES; role++) {
    subject = subject_in(role, CREATED);
    WebSocketDeleteHandle(subject.h);
    size_properties(p, &receive, &send);
    CHECK_EQ(role == CLIENT ? WebSocketCreateClientHandle(p, 2, &subject.h)
                            : WebSocketCreateServerHandle(p, 2, &subject.h),
             S_OK);
    heap.limit = 1u << 30;
    go_on(&subject, BEGUN);
    CHECK_EQ(end(&subject), E_OUTOFMEMORY);
    CHECK_EQ(end(&subject), E_OUTOFMEMORY);
    heap.limit = 0;
    WebSocketDeleteHandle(subject.h);
    CHECK_EQ(heap.live_blocks, blocks);
    check_row = "";
  }
}

int main(void) {
  check_that_counting_works();
  every_allocation_may_fail();
  queues_grow_without_loss();
  a_refused_send_leaves_no_trace();
  nothing_fails_half_way();
  absurd_sizes_fail_at_the_end();
  return 0;
}
