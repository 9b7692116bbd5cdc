/*
 * One handle, many threads and no lock of the caller's: the queues are polled
 * apart, anything may be called at any time, an action is completed on another
 * thread, and every operation is indicated exactly once.
 *
 * Rows of docs/compatibility.md: *threads*, *receive-before-complete*.
 */
#include "threads.h"

/* ---- SEND, RECEIVE and Abort from three threads ---- */

#define MOST_TRIO 500

struct trio {
  WEB_SOCKET_HANDLE h;
  struct gate gate;
  pthread_mutex_t lock;
  int aborted;
};

static int trio_is_aborted(struct trio *trio) {
  int aborted;
  pthread_mutex_lock(&trio->lock);
  aborted = trio->aborted;
  pthread_mutex_unlock(&trio->lock);
  return aborted;
}

/* Serves one queue until Abort has handed back what was queued. */
static void serve_queue(struct trio *trio, WEB_SOCKET_ACTION_QUEUE queue) {
  int i, aborted = 0;
  struct step step;
  gate_pass(&trio->gate);
  for (i = 0; !aborted || step.action != NO_ACTION; i++) {
    if (i % 3 == 0 && i < 3 * MOST_TRIO) {
      if (queue == SEND_QUEUE) {
        queue_send(trio->h, (ULONG)i);
      } else {
        queue_receive(trio->h);
      }
    }
    aborted = trio_is_aborted(trio);
    step = get_action(trio->h, queue, 1);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      sched_yield();
      continue;
    }
    complete_with(trio->h, &step,
                  perform(&step, good_frames, sizeof good_frames));
  }
}

static void *trio_send(void *trio) {
  serve_queue((struct trio *)trio, SEND_QUEUE);
  return NULL;
}

static void *trio_receive(void *trio) {
  serve_queue((struct trio *)trio, RECEIVE_QUEUE);
  return NULL;
}

static void *trio_abort(void *argument) {
  struct trio *trio = (struct trio *)argument;
  gate_pass(&trio->gate);
  WebSocketAbortHandle(trio->h);
  pthread_mutex_lock(&trio->lock);
  trio->aborted = 1;
  pthread_mutex_unlock(&trio->lock);
  return NULL;
}

static void test_trio(void) {
  int round;
  for (round = 0; round < 200; round++) {
    struct trio trio;
    pthread_t threads[3];
    ledger_begin();
    trio.h = client_sized(256, 16);
    trio.aborted = 0;
    CHECK_EQ(pthread_mutex_init(&trio.lock, NULL), 0);
    gate_init(&trio.gate, 3);
    threads[0] = start(trio_send, &trio);
    threads[1] = start(trio_receive, &trio);
    threads[2] = start(trio_abort, &trio);
    join(threads[0]);
    join(threads[1]);
    join(threads[2]);
    drain(trio.h);
    ledger_end();
    gate_free(&trio.gate);
    pthread_mutex_destroy(&trio.lock);
    WebSocketDeleteHandle(trio.h);
  }
}

/* ---- everything at once ---- */

#define HAMMERS 8
#define BLOWS 4000

struct hammer {
  WEB_SOCKET_HANDLE h;
  struct gate *gate;
  ULONG random;
  int aborts;
  int feeds_bad; /* towards the end it reads what is malformed */
  struct step held;
};

static ULONG roll(struct hammer *hammer, ULONG sides) {
  hammer->random = hammer->random * 1664525u + 1013904223u;
  return (hammer->random >> 8) % sides;
}

static void release(struct hammer *hammer, int bad) {
  struct step *held = &hammer->held;
  size_t count;
  if (held->action == NO_ACTION) {
    return;
  }
  count = bad ? perform(held, bad_frames, sizeof bad_frames)
              : perform(held, good_frames, sizeof good_frames);
  if (roll(hammer, 8) == 0) {
    count = 0; /* cancelled, dropped or ignored */
  }
  complete_with(hammer->h, held, count);
  if (roll(hammer, 4) == 0) {
    complete_with(hammer->h, held, count); /* stale */
  }
  held->action = NO_ACTION;
}

static void take(struct hammer *hammer) {
  static const WEB_SOCKET_ACTION_QUEUE queues[] = {SEND_QUEUE, RECEIVE_QUEUE,
                                                   ALL_QUEUES};
  WEB_SOCKET_ACTION_QUEUE queue = queues[roll(hammer, 3)];
  struct step step = get_action(hammer->h, queue, roll(hammer, 3));
  if (step.hr == S_OK) {
    hammer->held = step;
  } else if (step.hr == FORMAT_ERROR) {
    CHECK(hammer->feeds_bad && queue != SEND_QUEUE);
  } else {
    CHECK_EQ(step.hr, E_INVALIDARG); /* it needs a slot */
  }
}

static void *hammer_run(void *argument) {
  struct hammer *hammer = (struct hammer *)argument;
  int blow;
  gate_pass(hammer->gate);
  for (blow = 0; blow < BLOWS; blow++) {
    switch (roll(hammer, 8)) {
    case 0:
      queue_send(hammer->h, roll(hammer, 1000));
      break;
    case 1:
      queue_receive(hammer->h);
      break;
    case 2:
      WebSocketCompleteAction(hammer->h, NULL, roll(hammer, 10));
      WebSocketCompleteAction(hammer->h, hammer, roll(hammer, 10));
      break;
    case 3:
      if (hammer->aborts && blow > BLOWS * 3 / 4) {
        WebSocketAbortHandle(hammer->h);
      }
      break;
    default:
      release(hammer, hammer->feeds_bad && blow > BLOWS / 2);
      take(hammer);
    }
  }
  release(hammer, 0);
  return NULL;
}

static void hammer_all(int aborts, int feeds_bad) {
  struct hammer hammers[HAMMERS];
  pthread_t threads[HAMMERS];
  struct gate gate;
  WEB_SOCKET_HANDLE h = client_sized(256, 16);
  size_t i;
  ledger_begin();
  gate_init(&gate, HAMMERS);
  for (i = 0; i < HAMMERS; i++) {
    memset(&hammers[i], 0, sizeof hammers[i]);
    hammers[i].h = h;
    hammers[i].gate = &gate;
    hammers[i].random = (ULONG)(i * 7919 + 1);
    hammers[i].aborts = aborts && i == 3;
    hammers[i].feeds_bad = feeds_bad;
    hammers[i].held.action = NO_ACTION;
  }
  for (i = 0; i < HAMMERS; i++) {
    threads[i] = start(hammer_run, &hammers[i]);
  }
  for (i = 0; i < HAMMERS; i++) {
    join(threads[i]);
  }
  WebSocketAbortHandle(h);
  drain(h);
  ledger_end();
  gate_free(&gate);
  WebSocketDeleteHandle(h);
}

/* ---- got on one thread, completed on another ---- */

#define HANDED_OVER 4000

/* Between the thread that asks and the one that does the work. */
struct mailbox {
  WEB_SOCKET_HANDLE h;
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct step step;
  int full;
  int closed;
};

static void *worker_run(void *argument) {
  struct mailbox *mailbox = (struct mailbox *)argument;
  pthread_mutex_lock(&mailbox->lock);
  for (;;) {
    while (!mailbox->full && !mailbox->closed) {
      pthread_cond_wait(&mailbox->changed, &mailbox->lock);
    }
    if (!mailbox->full) {
      break;
    }
    complete_with(mailbox->h, &mailbox->step,
                  perform(&mailbox->step, good_frames, sizeof good_frames));
    mailbox->full = 0;
    pthread_cond_broadcast(&mailbox->changed);
  }
  pthread_mutex_unlock(&mailbox->lock);
  return NULL;
}

/* Hands a step over, or without one closes the mailbox; waits until done. */
static void hand_over(struct mailbox *mailbox, const struct step *step) {
  pthread_mutex_lock(&mailbox->lock);
  if (step != NULL) {
    mailbox->step = *step;
    mailbox->full = 1;
  } else {
    mailbox->closed = 1;
  }
  pthread_cond_broadcast(&mailbox->changed);
  while (mailbox->full) {
    pthread_cond_wait(&mailbox->changed, &mailbox->lock);
  }
  pthread_mutex_unlock(&mailbox->lock);
}

static void test_completed_elsewhere(void) {
  struct mailbox mailbox;
  pthread_t worker;
  int i, actions = 0;
  memset(&mailbox, 0, sizeof mailbox);
  mailbox.h = client_sized(256, 16);
  CHECK_EQ(pthread_mutex_init(&mailbox.lock, NULL), 0);
  CHECK_EQ(pthread_cond_init(&mailbox.changed, NULL), 0);
  ledger_begin();
  worker = start(worker_run, &mailbox);
  for (i = 0; actions < HANDED_OVER; i++) {
    struct step step;
    if (i % 4 == 0) {
      CHECK(queue_send(mailbox.h, (ULONG)i));
      CHECK(queue_receive(mailbox.h));
    }
    step = get_action(mailbox.h, ALL_QUEUES, 1);
    CHECK_EQ(step.hr, S_OK);
    if (step.action != NO_ACTION) {
      hand_over(&mailbox, &step);
      actions++;
    }
  }
  hand_over(&mailbox, NULL);
  join(worker);
  WebSocketAbortHandle(mailbox.h);
  drain(mailbox.h);
  ledger_end();
  pthread_cond_destroy(&mailbox.changed);
  pthread_mutex_destroy(&mailbox.lock);
  WebSocketDeleteHandle(mailbox.h);
}

/* ---- a pong that is out on RECEIVE while another thread polls SEND ---- */

struct poll {
  WEB_SOCKET_HANDLE h;
  pthread_mutex_t lock;
  pthread_cond_t polled;
  int polls;
  int pong_done;
};

static void *poll_run(void *argument) {
  struct poll *poll = (struct poll *)argument;
  for (;;) {
    struct step step;
    int done;
    pthread_mutex_lock(&poll->lock);
    done = poll->pong_done;
    pthread_mutex_unlock(&poll->lock);
    step = get_action(poll->h, SEND_QUEUE, 1);
    if (step.action != NO_ACTION) {
      EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 1, poll);
      complete(poll->h, &step);
      return NULL;
    }
    CHECK(!done);
    pthread_mutex_lock(&poll->lock);
    poll->polls++;
    pthread_cond_signal(&poll->polled);
    pthread_mutex_unlock(&poll->lock);
  }
}

static void test_poll_while_pong_is_out(void) {
  struct poll poll = {0};
  WEB_SOCKET_BUFFER text = data_buffer("x", 1);
  struct step step;
  pthread_t thread;
  poll.h = client_sized(256, 16);
  CHECK_EQ(pthread_mutex_init(&poll.lock, NULL), 0);
  CHECK_EQ(pthread_cond_init(&poll.polled, NULL), 0);
  CHECK_EQ(WebSocketReceive(poll.h, NULL, NULL), S_OK);
  step = get_action(poll.h, RECEIVE_QUEUE, 1);
  memcpy(step.buffers[0].Data.pbBuffer, good_frames, sizeof good_frames);
  complete_with(poll.h, &step, sizeof good_frames);
  step = get_action(poll.h, RECEIVE_QUEUE, 1);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  CHECK_EQ(WebSocketSend(poll.h, UTF8_MESSAGE, &text, &poll), S_OK);
  thread = start(poll_run, &poll);
  pthread_mutex_lock(&poll.lock);
  while (poll.polls < 1000) {
    pthread_cond_wait(&poll.polled, &poll.lock);
  }
  pthread_mutex_unlock(&poll.lock);
  finish_pong(poll.h, &step, 0, "pi", 2);
  pthread_mutex_lock(&poll.lock);
  poll.pong_done = 1;
  pthread_mutex_unlock(&poll.lock);
  join(thread);
  pthread_cond_destroy(&poll.polled);
  pthread_mutex_destroy(&poll.lock);
  WebSocketDeleteHandle(poll.h);
}

int main(void) {
  test_completed_elsewhere();
  test_poll_while_pong_is_out();
  test_trio();
  hammer_all(0, 0);
  hammer_all(1, 0);
  hammer_all(0, 1);
  hammer_all(1, 1);
  return 0;
}
