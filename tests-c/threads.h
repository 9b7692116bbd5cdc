/*
 * For the tests with threads: threads that start together, and a ledger in
 * which every operation must be settled exactly once.
 */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <sched.h>

#include "script.h"

/* ---- operations, each to be indicated once ---- */

#define MOST_OPERATIONS 100000

/* What became of the operations; all of it under the lock. */
static struct {
  pthread_mutex_t lock;
  size_t queued;
  size_t indicated;
  BYTE state[MOST_OPERATIONS]; /* 0 free, 1 queued, 2 refused, 3 indicated */
} ledger = {PTHREAD_MUTEX_INITIALIZER, 0, 0, {0}};

static inline void ledger_begin(void) {
  ledger.queued = ledger.indicated = 0;
  memset(ledger.state, 0, sizeof ledger.state);
}

/* Noted before the call, as another thread may be faster than its return. */
static inline BYTE *ledger_queue(void) {
  BYTE *operation;
  pthread_mutex_lock(&ledger.lock);
  CHECK(ledger.queued < MOST_OPERATIONS);
  operation = &ledger.state[ledger.queued++];
  *operation = 1;
  pthread_mutex_unlock(&ledger.lock);
  return operation;
}

static inline void ledger_settle(BYTE *operation, BYTE state) {
  pthread_mutex_lock(&ledger.lock);
  CHECK(operation >= ledger.state && operation < ledger.state + ledger.queued);
  CHECK_EQ(*operation, 1);
  *operation = state;
  ledger.indicated++;
  pthread_mutex_unlock(&ledger.lock);
}

static inline void ledger_end(void) {
  CHECK_EQ(ledger.indicated, ledger.queued);
}

/* Queues a text, a ping or a pong; returns whether it was taken. */
static inline int queue_send(WEB_SOCKET_HANDLE h, ULONG kind) {
  static const char octets[] = "0123456789012345678901234567890123456789";
  WEB_SOCKET_BUFFER text = data_buffer(octets, kind % 40);
  BYTE *operation = ledger_queue();
  HRESULT hr;
  if (kind % 5 == 0) {
    hr = WebSocketSend(h, kind % 2 ? PING_PONG : UNSOLICITED_PONG, NULL,
                       operation);
  } else {
    hr = WebSocketSend(h, UTF8_MESSAGE, &text, operation);
  }
  if (hr != S_OK) {
    CHECK_EQ(hr, OPERATION_ERROR);
    ledger_settle(operation, 2);
  }
  return hr == S_OK;
}

static inline int queue_receive(WEB_SOCKET_HANDLE h) {
  BYTE *operation = ledger_queue();
  HRESULT hr = WebSocketReceive(h, NULL, operation);
  if (hr != S_OK) {
    CHECK_EQ(hr, OPERATION_ERROR);
    ledger_settle(operation, 2);
  }
  return hr == S_OK;
}

/* ---- what is done with an action ---- */

/* A ping and a text, as a server sends them. */
static const BYTE good_frames[] = {
    FIN | OP_PING, 2,   'p',           'i', FIN | OP_TEXT, 3, 'o',
    'n',           'e', FIN | OP_PONG, 0};
static const BYTE bad_frames[] = {FIN | OP_TEXT, 1, 0xFF};

/* Does what the action asks for; returns the count to complete it with. */
static inline size_t perform(struct step *step, const BYTE *frames,
                             size_t length) {
  if (step->action == RECEIVE_FROM_NETWORK) {
    CHECK(step->buffers[0].Data.ulBufferLength >= length);
    memcpy(step->buffers[0].Data.pbBuffer, frames, length);
    return length;
  }
  if (step->action == SEND_COMPLETE || step->action == RECEIVE_COMPLETE) {
    ledger_settle((BYTE *)step->app, 3);
    return 0;
  }
  return step_length(step);
}

static inline void drain(WEB_SOCKET_HANDLE h) {
  for (;;) {
    struct step step = get_action(h, ALL_QUEUES, 1);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      return;
    }
    CHECK(step.action == SEND_COMPLETE || step.action == RECEIVE_COMPLETE);
    CHECK_EQ(step.count, 0);
    perform(&step, NULL, 0);
    complete(h, &step);
  }
}

static inline pthread_t start(void *(*run)(void *), void *argument) {
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, NULL, run, argument), 0);
  return thread;
}

static inline void join(pthread_t thread) {
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

/* A gate through which threads start together. */
struct gate {
  pthread_mutex_t lock;
  pthread_cond_t open;
  int missing;
};

static inline void gate_init(struct gate *gate, int threads) {
  CHECK_EQ(pthread_mutex_init(&gate->lock, NULL), 0);
  CHECK_EQ(pthread_cond_init(&gate->open, NULL), 0);
  gate->missing = threads;
}

static inline void gate_pass(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  if (--gate->missing == 0) {
    pthread_cond_broadcast(&gate->open);
  }
  while (gate->missing > 0) {
    pthread_cond_wait(&gate->open, &gate->lock);
  }
  pthread_mutex_unlock(&gate->lock);
}

static inline void gate_free(struct gate *gate) {
  pthread_cond_destroy(&gate->open);
  pthread_mutex_destroy(&gate->lock);
}

#endif /* THREADS_H */
