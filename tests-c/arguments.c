/*
 * Arguments that make no sense: NULL in every place and every state, numbers
 * that are none, pointers that are no handles. All are refused, leave the
 * outputs as the rules say and the handle as it was.
 *
 * Rows of docs/compatibility.md: *failed-create*, *null-handle*,
 * *failed-get-action*, *zero-slots*.
 */
#include "session.h"

#include "states.h"

/* Not NULL, and nothing is there. */
#define DANGLING ((void *)UNTOUCHED)

static PWEB_SOCKET_HTTP_HEADER const no_headers =
    (PWEB_SOCKET_HTTP_HEADER)(void *)UNTOUCHED;

/* Wrong argument and wrong state at once: which is said first is open. */
static void check_refused(const struct subject *subject, HRESULT hr) {
  if (subject->state == OPEN) {
    CHECK_EQ(hr, E_INVALIDARG);
  } else {
    CHECK(hr == E_INVALIDARG || hr == OPERATION_ERROR);
  }
}

/* ---- handshakes ---- */

struct begin_arguments {
  PCSTR *subprotocols;
  ULONG subprotocol_count;
  PCSTR *extensions;
  ULONG extension_count;
  PWEB_SOCKET_HTTP_HEADER headers;
  ULONG header_count;
};

static void check_begin_outputs(struct subject *subject,
                                struct begin_arguments a) {
  PWEB_SOCKET_HTTP_HEADER out = no_headers;
  ULONG count = 77;
  CHECK_EQ(WebSocketBeginClientHandshake(
               subject->h, a.subprotocols, a.subprotocol_count, a.extensions,
               a.extension_count, a.headers, a.header_count, &out, &count),
           E_INVALIDARG);
  CHECK_PTR(out, no_headers);
  CHECK_EQ(count, 77);
  /* The server is told one subprotocol, as a string that may be missing. */
  if (a.subprotocol_count == 0) {
    CHECK_EQ(WebSocketBeginServerHandshake(subject->h, NULL, a.extensions,
                                           a.extension_count, a.headers,
                                           a.header_count, &out, &count),
             E_INVALIDARG);
    CHECK_PTR(out, no_headers);
    CHECK_EQ(count, 77);
  }
}

/* A missing argument is noticed whatever the state and the kind of handle. */
static void null_in_begin(struct subject *subject) {
  PCSTR strings[2] = {"chat", NULL};
  WEB_SOCKET_HTTP_HEADER headers[2];
  struct begin_arguments good = {NULL, 0, NULL, 0, NULL, 0}, a;
  headers[0] = header_of("Host", "localhost");
  a = good, a.subprotocol_count = 1;
  check_begin_outputs(subject, a);
  a.subprotocol_count = 0xFFFFFFFFu;
  check_begin_outputs(subject, a);
  a = good, a.subprotocols = strings, a.subprotocol_count = 2;
  check_begin_outputs(subject, a);
  a = good, a.extension_count = 1;
  check_begin_outputs(subject, a);
  a = good, a.extensions = strings, a.extension_count = 2;
  check_begin_outputs(subject, a);
  a = good, a.header_count = 1;
  check_begin_outputs(subject, a);
  a.headers = headers, a.header_count = 2;
  headers[1] = header_of("Host", "localhost");
  headers[1].pcName = NULL;
  check_begin_outputs(subject, a);
  headers[1] = header_of("Host", "localhost");
  headers[1].pcValue = NULL;
  check_begin_outputs(subject, a);
}

static void null_outputs_of_begin(struct subject *subject) {
  WEB_SOCKET_HTTP_HEADER request[5];
  PWEB_SOCKET_HTTP_HEADER out = no_headers;
  ULONG count = 77;
  int i;
  fake_request(request);
  for (i = 0; i < 3; i++) {
    PWEB_SOCKET_HTTP_HEADER *array = i == 0 ? &out : NULL;
    ULONG *counter = i == 1 ? &count : NULL;
    CHECK_EQ(WebSocketBeginClientHandshake(subject->h, NULL, 0, NULL, 0, NULL,
                                           0, array, counter),
             E_INVALIDARG);
    CHECK_EQ(WebSocketBeginServerHandshake(subject->h, NULL, NULL, 0, request,
                                           5, array, counter),
             E_INVALIDARG);
  }
  CHECK_PTR(out, no_headers);
  CHECK_EQ(count, 77);
}

static void null_in_end(struct subject *subject) {
  WEB_SOCKET_HTTP_HEADER answer[3];
  ULONG indices[1] = {77}, count = 1, subprotocol = 77;
  int i;
  CHECK_EQ(WebSocketEndClientHandshake(subject->h, NULL, 1, indices, &count,
                                       &subprotocol),
           E_INVALIDARG);
  for (i = 0; i < 2; i++) {
    answer_headers(subject, answer);
    if (i == 0) {
      answer[1].pcName = NULL;
    } else {
      answer[1].pcValue = NULL;
    }
    CHECK_EQ(WebSocketEndClientHandshake(subject->h, answer, 3, indices, &count,
                                         &subprotocol),
             E_INVALIDARG);
  }
  answer_headers(subject, answer);
  CHECK_EQ(WebSocketEndClientHandshake(subject->h, answer, 3, indices, NULL,
                                       &subprotocol),
           E_INVALIDARG);
  CHECK_EQ(indices[0], 77);
  CHECK_EQ(count, 1);
  CHECK_EQ(subprotocol, 77);
}

/* Where the count is 0, the pointer is not followed. */
static void counts_of_0_need_no_array(void) {
  struct subject client = subject_in(CLIENT, CREATED);
  struct subject server = subject_in(SERVER, CREATED);
  WEB_SOCKET_HTTP_HEADER request[6];
  PWEB_SOCKET_HTTP_HEADER out = NULL;
  ULONG count = 0;
  fake_request(request);
  request[5] = header_of("X-Empty", "");
  request[5].pcValue = (PCHAR)DANGLING;
  CHECK_EQ(WebSocketBeginServerHandshake(server.h, NULL, NULL, 0,
                                         (PWEB_SOCKET_HTTP_HEADER)DANGLING, 0,
                                         &out, &count),
           FORMAT_ERROR);
  CHECK_EQ(WebSocketBeginServerHandshake(server.h, NULL, (PCSTR *)DANGLING, 0,
                                         request, 6, &out, &count),
           S_OK);
  CHECK_EQ(count, 3);
  server.state = BEGUN;
  CHECK_EQ(WebSocketBeginClientHandshake(
               client.h, (PCSTR *)DANGLING, 0, (PCSTR *)DANGLING, 0,
               (PWEB_SOCKET_HTTP_HEADER)DANGLING, 0, &out, &count),
           S_OK);
  CHECK_EQ(count, 4);
  accept_for_key(find_header(out, count, "Sec-WebSocket-Key")->pcValue,
                 client.accept);
  client.state = BEGUN;
  CHECK_EQ(WebSocketEndClientHandshake(client.h,
                                       (PWEB_SOCKET_HTTP_HEADER)DANGLING, 0,
                                       NULL, NULL, NULL),
           FORMAT_ERROR);
  finish(&client);
  finish(&server);
}

/* ---- sessions ---- */

static void null_in_send(struct subject *subject) {
  static const WEB_SOCKET_BUFFER_TYPE types[] = {
      UTF8_MESSAGE, UTF8_FRAGMENT, BINARY_MESSAGE, BINARY_FRAGMENT};
  WEB_SOCKET_BUFFER buffer;
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    buffer = data_buffer(NULL, 1);
    check_refused(subject, WebSocketSend(subject->h, types[i], &buffer, NULL));
    check_refused(subject, WebSocketSend(subject->h, types[i], NULL, NULL));
  }
  buffer = close_buffer(1000, NULL, 1);
  check_refused(subject, WebSocketSend(subject->h, CLOSE, &buffer, NULL));
  buffer = close_buffer(1000, "", WEB_SOCKET_MAX_CLOSE_REASON_LENGTH + 1);
  check_refused(subject, WebSocketSend(subject->h, CLOSE, &buffer, NULL));
  /* These take no buffer at all. */
  buffer = data_buffer("", 0);
  check_refused(subject, WebSocketSend(subject->h, PING_PONG, &buffer, NULL));
  check_refused(subject,
                WebSocketSend(subject->h, UNSOLICITED_PONG, &buffer, NULL));
}

/* Numbers that are no types; no extension was selected. */
static void wrong_types_in_send(struct subject *subject) {
  static const ULONG types[] = {0,          1,          2,          5,
                                0x80000007, 0x80000008, 0x8000000A, 0xFFFFFFFF,
                                0x7FFFFFFF, 0x00000204, 0x00000304, 0x00000224,
                                0x00000400, 0x40000204, 0xC0000000, 0xC0000004, 0x00000200};
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    WEB_SOCKET_BUFFER_TYPE type = type_of(types[i]);
    check_refused(subject, WebSocketSend(subject->h, type, &buffer, NULL));
    check_refused(subject, WebSocketSend(subject->h, type, NULL, NULL));
  }
}

/* With an extension its frames are no numbers out of range, but others are. */
static void wrong_types_beside_an_extension(void) {
  static const ULONG types[] = {0x80000007, 0x80000204, 0x40000204, 0x00000604,
                                0x00000205, 0x00000001, 0xFFFFFFFF, 0x7FFFFFFF};
  struct subject subject = subject_in(SERVER, CREATED);
  WEB_SOCKET_HTTP_HEADER request[6];
  PWEB_SOCKET_HTTP_HEADER out = NULL;
  PCSTR extension = "x-test";
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  ULONG count = 0;
  size_t i;
  fake_request(request);
  request[5] = header_of("Sec-WebSocket-Extensions", extension);
  CHECK_EQ(WebSocketBeginServerHandshake(subject.h, NULL, &extension, 1,
                                         request, 6, &out, &count),
           S_OK);
  subject.state = BEGUN;
  go_on(&subject, OPEN);
  for (i = 0; i < COUNT(types); i++) {
    CHECK_EQ(WebSocketSend(subject.h, type_of(types[i]), &buffer, NULL),
             E_INVALIDARG);
  }
  finish(&subject);
}

static void null_in_receive(struct subject *subject) {
  BYTE octet = 0;
  WEB_SOCKET_BUFFER buffer = data_buffer(NULL, 1);
  check_refused(subject, WebSocketReceive(subject->h, &buffer, NULL));
  buffer = data_buffer(NULL, 0);
  check_refused(subject, WebSocketReceive(subject->h, &buffer, NULL));
  buffer = data_buffer(&octet, 0);
  check_refused(subject, WebSocketReceive(subject->h, &buffer, NULL));
}

/* One GetAction with any output missing; those that are there are written. */
static void get_action_without(struct subject *subject, int without) {
  WEB_SOCKET_BUFFER buffers[2];
  ULONG count = 2;
  WEB_SOCKET_ACTION action = (WEB_SOCKET_ACTION)99;
  WEB_SOCKET_BUFFER_TYPE type = type_of(0xDEAD);
  PVOID app = DANGLING, id = DANGLING;
  buffers[0] = buffers[1] = data_buffer(UNTOUCHED, 0x5A5A5A5A);
  CHECK_EQ(WebSocketGetAction(
               subject->h, ALL_QUEUES, without == 0 ? NULL : buffers,
               without == 1 ? NULL : &count, without == 2 ? NULL : &action,
               without == 3 ? NULL : &type, &app, without == 4 ? NULL : &id),
           E_INVALIDARG);
  CHECK_EQ(count, without == 1 ? 2 : 0);
  CHECK_EQ(action, without == 2 ? 99 : 0);
  CHECK_EQ(type, without == 3 ? 0xDEAD : 0);
  CHECK_PTR(app, NULL);
  CHECK_PTR(id, without == 4 ? DANGLING : NULL);
  CHECK_PTR(buffers[0].Data.pbBuffer, UNTOUCHED);
}

static void null_in_get_action(struct subject *subject) {
  int without;
  for (without = 0; without < 5; without++) {
    get_action_without(subject, without);
  }
  CHECK_EQ(WebSocketGetAction(subject->h, ALL_QUEUES, NULL, NULL, NULL, NULL,
                              NULL, NULL),
           E_INVALIDARG);
}

/* What is refused takes nothing off the queues. */
static void refused_get_actions_consume_nothing(struct subject *subject) {
  int contexts[2];
  struct step step;
  if (subject->state != OPEN) {
    return;
  }
  CHECK_EQ(WebSocketReceive(subject->h, NULL, &contexts[0]), S_OK);
  CHECK_EQ(WebSocketSend(subject->h, PING_PONG, NULL, &contexts[1]), S_OK);
  null_in_get_action(subject);
  CHECK_EQ(get_action(subject->h, ALL_QUEUES, 0).hr, E_INVALIDARG);
  CHECK_EQ(get_action(subject->h, RECEIVE_QUEUE, 0).hr, E_INVALIDARG);
  step = get_action(subject->h, SEND_QUEUE, 1);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, &contexts[1]);
  complete(subject->h, &step);
  step = get_action(subject->h, SEND_QUEUE, 0);
  EXPECT(step, SEND_COMPLETE, PING_PONG, 0, &contexts[1]);
  complete(subject->h, &step);
  step = get_action(subject->h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &contexts[0]);
  complete_with(subject->h, &step, 0);
  step = get_action(subject->h, RECEIVE_QUEUE, 0);
  EXPECT(step, RECEIVE_COMPLETE, 0, 0, &contexts[0]);
  complete(subject->h, &step);
}

/* .NET and others want to know the context, the sample of Microsoft's not. */
static void the_application_context_is_optional(struct subject *subject) {
  WEB_SOCKET_BUFFER buffers[2];
  ULONG count = 2;
  WEB_SOCKET_ACTION action = (WEB_SOCKET_ACTION)99;
  WEB_SOCKET_BUFFER_TYPE type = type_of(0xDEAD);
  PVOID id = NULL;
  struct step step;
  if (subject->state != OPEN) {
    return;
  }
  CHECK_EQ(WebSocketSend(subject->h, PING_PONG, NULL, &count), S_OK);
  CHECK_EQ(WebSocketGetAction(subject->h, ALL_QUEUES, buffers, &count, &action,
                              &type, NULL, &id),
           S_OK);
  CHECK_EQ(action, SEND_TO_NETWORK);
  CHECK(id != NULL);
  WebSocketCompleteAction(subject->h, id, buffers[0].Data.ulBufferLength);
  step = get_action(subject->h, ALL_QUEUES, 2);
  EXPECT(step, SEND_COMPLETE, PING_PONG, 0, &count);
  complete(subject->h, &step);
}

static void wrong_queues(struct subject *subject) {
  static const ULONG queues[] = {0, 4, 5, 7, 0x80000000, 0xFFFFFFFF};
  size_t i;
  for (i = 0; i < COUNT(queues); i++) {
    WEB_SOCKET_ACTION_QUEUE queue = (WEB_SOCKET_ACTION_QUEUE)queues[i];
    check_refused(subject, get_action(subject->h, queue, 2).hr);
    check_refused(subject, get_action(subject->h, queue, 0).hr);
  }
}

/* Without slots nothing is written to where they would be. */
static void no_slots_need_no_array(void) {
  struct subject subject = subject_in(SERVER, OPEN);
  ULONG count = 0;
  WEB_SOCKET_ACTION action = (WEB_SOCKET_ACTION)99;
  WEB_SOCKET_BUFFER_TYPE type = type_of(0xDEAD);
  PVOID id = DANGLING;
  int i;
  for (i = 0; i < 2; i++) {
    CHECK_EQ(WebSocketGetAction(subject.h, ALL_QUEUES,
                                i == 0 ? NULL : (WEB_SOCKET_BUFFER *)DANGLING,
                                &count, &action, &type, NULL, &id),
             S_OK);
    CHECK_EQ(action, NO_ACTION);
    CHECK_PTR(id, NULL);
  }
  finish(&subject);
}

/* Octets that are not there are not looked at. */
static void empty_buffers_may_dangle(void) {
  static const WEB_SOCKET_BUFFER_TYPE types[] = {UTF8_MESSAGE, BINARY_FRAGMENT,
                                                 BINARY_MESSAGE, CLOSE};
  size_t i;
  int role;
  for (role = 0; role < ROLES; role++) {
    struct subject subject = subject_in(role, OPEN);
    for (i = 0; i < COUNT(types); i++) {
      struct octets wire = {NULL, 0, 0};
      WEB_SOCKET_BUFFER buffer = types[i] == CLOSE
                                     ? close_buffer(1000, DANGLING, 0)
                                     : data_buffer(DANGLING, 0);
      send_all(subject.h, 2, types[i], &buffer, &wire);
      CHECK_EQ(only_frame(&wire).length, types[i] == CLOSE ? 2 : 0);
      octets_free(&wire);
    }
    WebSocketDeleteHandle(subject.h);
  }
}

int main(void) {
  in_every_state(null_in_begin);
  in_every_state(null_outputs_of_begin);
  in_every_state(null_in_end);
  in_every_state(null_in_send);
  in_every_state(wrong_types_in_send);
  in_every_state(null_in_receive);
  in_every_state(null_in_get_action);
  in_every_state(refused_get_actions_consume_nothing);
  in_every_state(the_application_context_is_optional);
  in_every_state(wrong_queues);
  wrong_types_beside_an_extension();
  counts_of_0_need_no_array();
  no_slots_need_no_array();
  empty_buffers_may_dangle();
  return 0;
}
