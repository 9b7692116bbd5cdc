/*
 * The close code for what a peer did wrong: there once GetAction has failed,
 * for good, and ready to be sent in a close frame.
 *
 * Rows of docs/compatibility.md: *close-status*.
 */
#include <wspc.h>

#include "party.h"

#define UNTOUCHED_STATUS 0xABCD

/* The status, or that there is none. */
static void expect_status(const char *row, WEB_SOCKET_HANDLE h, USHORT wanted) {
  USHORT status = UNTOUCHED_STATUS;
  check_row = row;
  if (wanted == 0) {
    CHECK_EQ(WspcGetCloseStatus(h, &status), OPERATION_ERROR);
    CHECK_EQ(status, UNTOUCHED_STATUS);
  } else {
    CHECK_EQ(WspcGetCloseStatus(h, &status), S_OK);
    CHECK_EQ(status, wanted);
  }
  check_row = NULL;
}

static const struct fault {
  const char *name;
  int first;
  const char *payload;
  size_t length;
  HRESULT hr;
  USHORT status;
} faults[] = {
    {"reserved bit", FIN | 0x40 | OP_TEXT, "", 0, FORMAT_ERROR, 1002},
    {"reserved opcode", FIN | 3, "", 0, FORMAT_ERROR, 1002},
    {"fragmented ping", OP_PING, "", 0, FORMAT_ERROR, 1002},
    {"continuation of nothing", FIN | 0, "", 0, OPERATION_ERROR, 1002},
    {"text that is none", FIN | OP_TEXT, "a\xFF", 2, FORMAT_ERROR, 1007},
    {"text that ends early", FIN | OP_TEXT, "\xC3", 1, FORMAT_ERROR, 1007},
    {"close of one octet", FIN | OP_CLOSE, "\x03", 1, FORMAT_ERROR, 1002},
    {"close with 1005", FIN | OP_CLOSE, "\x03\xED", 2, FORMAT_ERROR, 1002},
    {"reason that is no text", FIN | OP_CLOSE, "\x03\xE8\xFF", 3, FORMAT_ERROR,
     1007},
};

static void send_close(struct party *party, USHORT status) {
  WEB_SOCKET_BUFFER close = close_buffer(status, NULL, 0);
  struct octets wire = {NULL, 0, 0};
  struct frame frame;
  CHECK_EQ(WebSocketSend(party->h, CLOSE, &close, &send_context), S_OK);
  run_send(party->h, 2, CLOSE, &send_context, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_CLOSE);
  CHECK_EQ(frame.length, 2);
  CHECK_EQ(frame.payload[0] << 8 | frame.payload[1], status);
  octets_free(&wire);
}

static void test_fault(int server, const struct fault *fault) {
  struct party party = party_of(server);
  struct step step;
  peer_sends(&party, fault->first, fault->payload, fault->length);
  expect_status(fault->name, party.h, 0);
  queue_receive(&party);
  step = next(&party, RECEIVE_QUEUE);
  EXPECT_ERROR(step, fault->hr);
  expect_status(fault->name, party.h, fault->status);
  send_close(&party, fault->status);
  expect_status(fault->name, party.h, fault->status);
  WebSocketAbortHandle(party.h);
  expect_status(fault->name, party.h, fault->status);
  party_free(&party);
}

/* The count of a read that was more than there was room for. */
static void test_overrun(int server) {
  struct party party = party_of(server);
  struct step step;
  queue_receive(&party);
  step = get_action(party.h, RECEIVE_QUEUE, 1);
  complete_with(party.h, &step, step.buffers[0].Data.ulBufferLength + 1);
  step = get_action(party.h, RECEIVE_QUEUE, 1);
  EXPECT_ERROR(step, FORMAT_ERROR);
  expect_status("overrun", party.h, 1011);
  party_free(&party);
}

/* The same behind an abort, where nothing fails any more. */
static void test_overrun_behind_abort(int server) {
  struct party party = party_of(server);
  struct step step;
  queue_receive(&party);
  step = get_action(party.h, RECEIVE_QUEUE, 1);
  WebSocketAbortHandle(party.h);
  complete_with(party.h, &step, step.buffers[0].Data.ulBufferLength + 1);
  expect_status("overrun behind abort", party.h, 0);
  step = next(&party, RECEIVE_QUEUE);
  EXPECT(step, RECEIVE_COMPLETE, 0, 0, contexts);
  complete(party.h, &step);
  expect_status("handed back", party.h, 0);
  party_free(&party);
}

/* Neither a close of the peer's nor an abort of ours is a fault. */
static void test_no_fault(int server) {
  struct party party = party_of(server);
  WEB_SOCKET_HANDLE created = NULL;
  struct step step;
  CHECK_EQ(server ? WebSocketCreateServerHandle(NULL, 0, &created)
                  : WebSocketCreateClientHandle(NULL, 0, &created),
           S_OK);
  expect_status("created", created, 0);
  WebSocketDeleteHandle(created);
  peer_closes(&party, 1001, "bye");
  queue_receive(&party);
  step = next(&party, RECEIVE_QUEUE);
  EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, contexts);
  complete(party.h, &step);
  expect_status("closed", party.h, 0);
  WebSocketAbortHandle(party.h);
  expect_status("aborted", party.h, 0);
  party_free(&party);
}

static void test_null(void) {
  struct party party = party_of(1);
  USHORT status = UNTOUCHED_STATUS;
  CHECK_EQ(WspcGetCloseStatus(NULL, &status), E_INVALIDARG);
  CHECK_EQ(status, UNTOUCHED_STATUS);
  CHECK_EQ(WspcGetCloseStatus(party.h, NULL), E_INVALIDARG);
  party_free(&party);
}

int main(void) {
  int server;
  EACH_ROLE(server) {
    size_t i;
    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
      test_fault(server, &faults[i]);
    }
    test_overrun(server);
    test_overrun_behind_abort(server);
    test_no_fault(server);
  }
  test_null();
  return 0;
}
