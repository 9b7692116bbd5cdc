/*
 * Each action of a conversation, one in each run, is completed with another
 * number than the usual one: with less, with nothing, with more. What becomes
 * of its operation is documented, and all the others go on as if nothing had
 * been.
 *
 * Rows of docs/compatibility.md: *cancel-by-count*, *complete-anything*,
 * *deflate-cancel*, *end-of-stream*, *overlong-read*, *pong-latest-wins*.
 */
#include "session.h"

#include "conversation.h"

enum { NOTHING, ONE, ONE_LESS, ONE_MORE, OFFERED_AND_ONE, MOST, NUMBERS };

struct bend {
  size_t at; /* the action that is bent */
  int number;
  WEB_SOCKET_ACTION action; /* what it turned out to be */
  const void *app;
  size_t all, said;
  size_t sent; /* octets of the same send, those of this action as well */
};

static size_t bent_number(const struct bend *bend, const struct step *step,
                          size_t all) {
  switch (bend->number) {
  case NOTHING:
    return 0;
  case ONE:
    return 1;
  case ONE_LESS:
    return all - 1;
  case ONE_MORE:
    return all + 1;
  case OFFERED_AND_ONE:
    return step_length(step) + 1;
  default:
    return 0xFFFFFFFFu;
  }
}

/* Octets that are not there can be announced only beyond what was offered. */
static int is_sensible(const struct step *step, size_t all, size_t number) {
  if (step->action == RECEIVE_FROM_NETWORK) {
    return number <= all || number > step_length(step);
  }
  return step->action != SEND_TO_NETWORK || number != all;
}

static size_t report_bent(struct talk *talk, const struct step *step,
                          size_t all) {
  struct bend *bend = (struct bend *)talk->test;
  size_t number;
  if (talk->actions != bend->at) {
    return all;
  }
  number = bent_number(bend, step, all);
  if ((ULONG)number != number || !is_sensible(step, all, number)) {
    return all;
  }
  bend->action = step->action;
  bend->app = step->app;
  bend->all = all;
  bend->said = number;
  if (step->action == SEND_TO_NETWORK && step->app != NULL) {
    bend->sent =
        talk->sent[talk_index(send_contexts, TALK_SENDS, step->app)] + all;
  }
  /* Behind an overlong read GetAction has an error to say. */
  talk->stop = step->action == RECEIVE_FROM_NETWORK && number > all;
  return number;
}

/* All came that was to come; each other operation sent what it would have. */
static void check_others(const struct talk *talk, const struct talk *want,
                         const struct bend *bend) {
  size_t i;
  int given_up = bend->action == SEND_TO_NETWORK;
  talk_is_settled(talk);
  CHECK_OCTETS(talk->log.data, talk->log.length, want->log.data,
               want->log.length);
  CHECK_EQ(talk->pongs, want->pongs);
  for (i = 0; i < TALK_SENDS; i++) {
    if (given_up && bend->app == &send_contexts[i]) {
      CHECK_EQ(talk->sent[i], bend->sent); /* and nothing of it came behind */
    } else if (!given_up || bend->app == NULL || !talk->way.compressed) {
      /* What is compressed behind it looks different, or comes back. */
      CHECK_EQ(talk->sent[i], want->sent[i]);
    }
  }
}

/* The receive side has ended, sends go on, and an abort fetches the rest. */
static void check_overlong(struct talk *talk) {
  USHORT status = 0;
  struct step step = get_action(talk->h, RECEIVE_QUEUE, 2);
  EXPECT_ERROR(step, FORMAT_ERROR);
  CHECK_EQ(WspcGetCloseStatus(talk->h, &status), S_OK);
  CHECK_EQ(status, 1011);
  CHECK_EQ(WebSocketReceive(talk->h, NULL, NULL), OPERATION_ERROR);
  talk->stop = 0;
  while (talk_step(talk, SEND_QUEUE)) {
  }
  WebSocketAbortHandle(talk->h);
  talk_drain(talk);
  talk_is_settled(talk);
}

static void check_read(struct talk *talk, const struct talk *want,
                       const struct bend *bend) {
  size_t i, empty = 0;
  if (bend->said > bend->all) {
    check_overlong(talk);
    return;
  }
  /* Nothing is lost: what had come stays for the next receive. */
  check_others(talk, want, bend);
  for (i = 0; i < COUNT(talk->receive_over); i++) {
    empty += (size_t)talk->receive_over[i];
  }
  CHECK_EQ(empty, (size_t)want->receives + (bend->said == 0));
}

static void bend_one(const struct talk *want, size_t at, int number,
                     size_t tried[5]) {
  struct talk talk;
  struct bend bend;
  memset(&bend, 0, sizeof bend);
  bend.at = at;
  bend.number = number;
  talk_begin(&talk, &want->way);
  talk.report = report_bent;
  talk.test = &bend;
  talk_run(&talk);
  tried[bend.action]++;
  if (bend.action == SEND_TO_NETWORK) {
    check_others(&talk, want, &bend);
  } else if (bend.action == RECEIVE_FROM_NETWORK) {
    check_read(&talk, want, &bend);
  } else {
    talk_is_same(&talk, want); /* no number, or one that is not looked at */
  }
  EXPECT_IDLE(talk.h, ALL_QUEUES);
  talk_end(&talk);
}

static void check_way(const struct way *way) {
  struct talk want;
  size_t at, tried[5] = {0, 0, 0, 0, 0};
  int number;
  talk_begin(&want, way);
  talk_run(&want);
  talk_is_same(&want, &want);
  for (at = 0; at < want.actions; at++) {
    for (number = 0; number < NUMBERS; number++) {
      bend_one(&want, at, number, tried);
    }
  }
  printf("%s: %lu numbers for sends, %lu for reads, %lu for indications\n",
         check_row, (unsigned long)tried[SEND_TO_NETWORK],
         (unsigned long)tried[RECEIVE_FROM_NETWORK],
         (unsigned long)(tried[SEND_COMPLETE] + tried[RECEIVE_COMPLETE]));
  CHECK(tried[SEND_TO_NETWORK] > 30 && tried[RECEIVE_FROM_NETWORK] > 5);
  talk_end(&want);
}

int main(void) {
  in_every_way(check_way);
  return 0;
}
