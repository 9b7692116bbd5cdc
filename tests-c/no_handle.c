/*
 * Handles that are none, and the result register of the functions without a
 * result: Microsoft's documentation says that they return S_OK, and mORMot 2
 * declares CompleteAction so and raises an exception otherwise.
 *
 * Rows of docs/compatibility.md: *void-returns*, *null-handle*.
 */
#include "session.h"

#include "states.h"

/* ---- calls without a handle ---- */

static void check_handshakes(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_HTTP_HEADER request[5];
  PWEB_SOCKET_HTTP_HEADER out = (PWEB_SOCKET_HTTP_HEADER)(void *)UNTOUCHED;
  ULONG count = 77, index = 77;
  fake_request(request);
  CHECK_EQ(
      WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &out, &count),
      E_INVALIDARG);
  CHECK_EQ(
      WebSocketBeginServerHandshake(h, NULL, NULL, 0, request, 5, &out, &count),
      E_INVALIDARG);
  CHECK_EQ(WebSocketEndClientHandshake(h, request, 5, &index, &count, &index),
           E_INVALIDARG);
  CHECK_EQ(WebSocketEndServerHandshake(h), E_INVALIDARG);
  CHECK_PTR(out, UNTOUCHED);
  CHECK_EQ(count, 77);
  CHECK_EQ(index, 77);
}

static void check_calls(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  BYTE room[4];
  struct step step;
  check_handshakes(h);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), E_INVALIDARG);
  CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, NULL), E_INVALIDARG);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), E_INVALIDARG);
  buffer = data_buffer(room, sizeof room);
  CHECK_EQ(WebSocketReceive(h, &buffer, NULL), E_INVALIDARG);
  step = get_action(h, ALL_QUEUES, 2); /* checks the outputs */
  CHECK_EQ(step.hr, E_INVALIDARG);
  CHECK_EQ(step.type, 0);
  /* The sample of Microsoft's completes what a failure has left. */
  WebSocketCompleteAction(h, step.id, 0);
  WebSocketCompleteAction(h, UNTOUCHED, 77);
  WebSocketAbortHandle(h);
  WebSocketDeleteHandle(h);
}

/* A tag at its start tells a handle from most other memory. */
static void pointers_that_are_no_handles(void) {
  union {
    BYTE octets[4096];
    void *aligned;
  } memory;
  int fill;
  check_calls(NULL);
  for (fill = 0; fill < 256; fill += 85) {
    memset(&memory, fill, sizeof memory);
    check_calls((WEB_SOCKET_HANDLE)(void *)memory.octets);
    check_calls((WEB_SOCKET_HANDLE)(void *)(memory.octets + 1));
  }
  CHECK_EQ(memory.octets[0], 255); /* nothing was written there */
  CHECK_EQ(memory.octets[4095], 255);
}

/* ---- the result register ---- */

typedef void (*any_function)(void);
typedef HRESULT(WINAPI *handle_result)(WEB_SOCKET_HANDLE);
typedef HRESULT(WINAPI *complete_result)(WEB_SOCKET_HANDLE, PVOID, ULONG);

static void check_results(struct subject *subject) {
  handle_result abort_handle =
      (handle_result)(any_function)WebSocketAbortHandle;
  complete_result complete_action =
      (complete_result)(any_function)WebSocketCompleteAction;
  int rubbish;
  CHECK_EQ(complete_action(subject->h, NULL, 0), S_OK);
  CHECK_EQ(complete_action(subject->h, &rubbish, 0xFFFFFFFFu), S_OK);
  if (subject->state == OPEN) {
    struct step step;
    CHECK_EQ(WebSocketSend(subject->h, PING_PONG, NULL, NULL), S_OK);
    step = get_action(subject->h, SEND_QUEUE, 2);
    CHECK_EQ(complete_action(subject->h, step.id, (ULONG)step_length(&step)),
             S_OK);
    step = get_action(subject->h, SEND_QUEUE, 2);
    CHECK_EQ(complete_action(subject->h, step.id, 77), S_OK);
  } else {
    CHECK_EQ(abort_handle(subject->h), S_OK);
  }
}

static void results_are_0(void) {
  handle_result abort_handle =
      (handle_result)(any_function)WebSocketAbortHandle;
  handle_result delete_handle =
      (handle_result)(any_function)WebSocketDeleteHandle;
  complete_result complete_action =
      (complete_result)(any_function)WebSocketCompleteAction;
  int role, state;
  CHECK_EQ(abort_handle(NULL), S_OK);
  CHECK_EQ(delete_handle(NULL), S_OK);
  CHECK_EQ(complete_action(NULL, NULL, 1), S_OK);
  in_every_state(check_results);
  for (role = 0; role < ROLES; role++) {
    for (state = 0; state < STATES; state++) {
      struct subject subject = subject_in(role, state);
      CHECK_EQ(abort_handle(subject.h), S_OK);
      CHECK_EQ(delete_handle(subject.h), S_OK);
    }
  }
}

int main(void) {
  pointers_that_are_no_handles();
  results_are_0();
  return 0;
}
