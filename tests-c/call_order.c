/*
 * Every function in every state, on the right kind of handle and on the wrong
 * one: what is refused is E_INVALID_PROTOCOL_OPERATION, and changes nothing.
 *
 * Rows of docs/compatibility.md: *wrong-time-calls*,
 * *failed-handshake-changes-nothing*.
 */
#include "session.h"

#include "states.h"

/* A call that would be right in some state. */
typedef HRESULT (*call)(struct subject *);

static PWEB_SOCKET_HTTP_HEADER const no_headers =
    (PWEB_SOCKET_HTTP_HEADER)(void *)UNTOUCHED;

/* Outputs of Begin, which a failure leaves alone. */
static HRESULT call_begin(struct subject *subject, int role) {
  PWEB_SOCKET_HTTP_HEADER headers = no_headers;
  ULONG count = 77;
  struct subject as = *subject;
  HRESULT hr;
  as.role = role;
  hr = begin(&as, &headers, &count);
  if (hr != S_OK) {
    CHECK_PTR(headers, no_headers);
    CHECK_EQ(count, 77);
  } else {
    CHECK(headers != no_headers && headers != NULL);
    CHECK(count == 3 || count == 4);
  }
  return hr;
}

static HRESULT begin_client(struct subject *subject) {
  return call_begin(subject, CLIENT);
}

static HRESULT begin_server(struct subject *subject) {
  return call_begin(subject, SERVER);
}

/* The right answer, and outputs that a failure leaves alone. */
static HRESULT end_client(struct subject *subject) {
  WEB_SOCKET_HTTP_HEADER answer[3];
  ULONG indices[2] = {77, 77}, count = 2, subprotocol = 77;
  HRESULT hr;
  answer_headers(subject, answer);
  hr = WebSocketEndClientHandshake(subject->h, answer, 3, indices, &count,
                                   &subprotocol);
  CHECK_EQ(count, hr == S_OK ? 0 : 2);
  CHECK_EQ(indices[0], 77);
  CHECK_EQ(indices[1], 77);
  CHECK_EQ(subprotocol, 77); /* none was offered */
  return hr;
}

static HRESULT end_server(struct subject *subject) {
  return WebSocketEndServerHandshake(subject->h);
}

static HRESULT send_text(struct subject *subject) {
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  return WebSocketSend(subject->h, UTF8_MESSAGE, &buffer, NULL);
}

static HRESULT send_ping(struct subject *subject) {
  return WebSocketSend(subject->h, PING_PONG, NULL, NULL);
}

static HRESULT send_close(struct subject *subject) {
  return WebSocketSend(subject->h, CLOSE, NULL, NULL);
}

static HRESULT receive(struct subject *subject) {
  return WebSocketReceive(subject->h, NULL, NULL);
}

/* The outputs of a failure are checked by get_action itself. */
static HRESULT ask_send(struct subject *subject) {
  return get_action(subject->h, SEND_QUEUE, 2).hr;
}

static HRESULT ask_receive(struct subject *subject) {
  return get_action(subject->h, RECEIVE_QUEUE, 2).hr;
}

static HRESULT ask_all(struct subject *subject) {
  return get_action(subject->h, ALL_QUEUES, 2).hr;
}

#define R OPERATION_ERROR
#define K S_OK

/* Client and server: created, begun, open, aborted. */
static const struct {
  const char *name;
  call run;
  HRESULT want[ROLES][STATES];
} rows[] = {
    {"begin client", begin_client, {{K, R, R, R}, {R, R, R, R}}},
    {"begin server", begin_server, {{R, R, R, R}, {K, R, R, R}}},
    {"end client", end_client, {{R, K, R, R}, {R, R, R, R}}},
    /* Ending twice is fine, as the first session call may have done it. */
    {"end server", end_server, {{R, R, R, R}, {R, K, K, K}}},
    {"send a text", send_text, {{R, R, K, R}, {R, K, K, R}}},
    {"send a ping", send_ping, {{R, R, K, R}, {R, K, K, R}}},
    {"send a close", send_close, {{R, R, K, R}, {R, K, K, R}}},
    {"receive", receive, {{R, R, K, R}, {R, K, K, R}}},
    {"ask for sends", ask_send, {{R, R, K, K}, {R, K, K, K}}},
    {"ask for receives", ask_receive, {{R, R, K, K}, {R, K, K, K}}},
    {"ask for all", ask_all, {{R, R, K, K}, {R, K, K, K}}},
};

static void check_call(size_t row, int role, int state) {
  struct subject subject = subject_in(role, state);
  HRESULT want = rows[row].want[role][state];
  char name[64];
  snprintf(name, sizeof name, "%s, %s", rows[row].name,
           state_names[role][state]);
  check_row = name;
  CHECK_EQ(rows[row].run(&subject), want);
  if (want == S_OK) {
    WebSocketDeleteHandle(subject.h);
  } else {
    /* Refused again, and nothing came of it. */
    CHECK_EQ(rows[row].run(&subject), want);
    finish(&subject);
  }
  check_row = "";
}

static void every_call_in_every_state(void) {
  size_t row;
  int role, state;
  for (row = 0; row < COUNT(rows); row++) {
    for (role = 0; role < ROLES; role++) {
      for (state = 0; state < STATES; state++) {
        check_call(row, role, state);
      }
    }
  }
}

/* Everything that is wrong at a time, one after the other. */
static void all_that_is_refused_at_once(struct subject *subject) {
  int state = subject->state, role = subject->role;
  size_t row;
  for (row = 0; row < COUNT(rows); row++) {
    if (rows[row].want[role][state] == OPERATION_ERROR) {
      CHECK_EQ(rows[row].run(subject), OPERATION_ERROR);
    }
  }
}

/* Aborting and completing before there is a session is a no-op. */
static void abort_waits_for_a_session(struct subject *subject) {
  int rubbish;
  if (subject->state < OPEN) {
    WebSocketAbortHandle(subject->h);
    WebSocketAbortHandle(subject->h);
    WebSocketCompleteAction(subject->h, NULL, 0);
    WebSocketCompleteAction(subject->h, &rubbish, 77);
  }
}

/* Aborting is idempotent, and completing what is not out a no-op. */
static void repeated_calls_do_no_harm(struct subject *subject) {
  int rubbish;
  if (subject->state == ABORTED) {
    WebSocketAbortHandle(subject->h);
    EXPECT_IDLE(subject->h, ALL_QUEUES);
    WebSocketAbortHandle(subject->h);
  }
  WebSocketCompleteAction(subject->h, NULL, 0);
  WebSocketCompleteAction(subject->h, &rubbish, 0xFFFFFFFFu);
}

/* Answers that do not suffice leave a client where it was. */
static void a_failed_end_may_be_tried_again(void) {
  struct subject subject = subject_in(CLIENT, BEGUN);
  WEB_SOCKET_HTTP_HEADER answer[3];
  ULONG indices[1] = {77}, count = 1, subprotocol = 77;
  ULONG without;
  for (without = 0; without < 3; without++) {
    answer_headers(&subject, answer);
    answer[without] = header_of("X", "y");
    CHECK_EQ(WebSocketEndClientHandshake(subject.h, answer, 3, indices, &count,
                                         &subprotocol),
             FORMAT_ERROR);
    CHECK_EQ(indices[0], 77);
    CHECK_EQ(count, 1);
    CHECK_EQ(subprotocol, 77);
  }
  finish(&subject);
}

static void a_failed_begin_may_be_tried_again(void) {
  struct subject subject = subject_in(SERVER, CREATED);
  WEB_SOCKET_HTTP_HEADER request[5];
  ULONG without;
  for (without = 0; without < 5; without++) {
    PWEB_SOCKET_HTTP_HEADER headers = no_headers;
    ULONG count = 77;
    fake_request(request);
    request[without] = header_of("X", "y");
    CHECK_EQ(WebSocketBeginServerHandshake(subject.h, NULL, NULL, 0, request, 5,
                                           &headers, &count),
             FORMAT_ERROR);
    CHECK_PTR(headers, no_headers);
    CHECK_EQ(count, 77);
  }
  finish(&subject);
}

int main(void) {
  every_call_in_every_state();
  in_every_state(all_that_is_refused_at_once);
  in_every_state(abort_waits_for_a_session);
  in_every_state(repeated_calls_do_no_harm);
  a_failed_end_may_be_tried_again();
  a_failed_begin_may_be_tried_again();
  return 0;
}
