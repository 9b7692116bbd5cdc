/*
 * The transport ends behind each octet of a conversation, of those that come
 * and of those that go: reads then complete with 0, sends with what had gone.
 * Whatever the caller does next, every operation comes back once, no call
 * fails, and nothing is left behind.
 *
 * Rows of docs/compatibility.md: *abort-hands-back*, *cancel-by-count*,
 * *delete-anywhere*, *end-of-stream*.
 */
#include "counting.h"

#include "conversation.h"

/* What the caller does when it notices. */
enum { ABORT_AT_ONCE, GO_ON, DELETE_AT_ONCE, ENDS };

struct cut {
  size_t sends_end; /* so many octets can be sent */
  size_t gone;
  int end, is_cut;
};

static size_t report_cut(struct talk *talk, const struct step *step,
                         size_t all) {
  struct cut *cut = (struct cut *)talk->test;
  if (step->action == RECEIVE_FROM_NETWORK) {
    if (cut->is_cut || all == 0) {
      cut->is_cut = 1;
      talk->taken = talk->in.length; /* nothing comes any more */
      all = 0;
    }
  } else if (step->action == SEND_TO_NETWORK) {
    size_t left = cut->sends_end - cut->gone;
    if (cut->is_cut || all > left) {
      all = cut->is_cut ? 0 : left;
      cut->is_cut = 1;
    }
    cut->gone += all;
  }
  talk->stop = cut->is_cut && cut->end != GO_ON;
  return all;
}

static void check_end(struct talk *talk, const struct talk *want, int end) {
  if (end != DELETE_AT_ONCE) {
    WebSocketAbortHandle(talk->h);
    talk_drain(talk);
    talk_is_settled(talk);
  }
  CHECK(talk->log.length <= want->log.length);
  CHECK(memcmp(talk->log.data == NULL ? want->log.data : talk->log.data,
               want->log.data, talk->log.length) == 0);
}

/* The transport ends behind octets that came, or that went. */
static void cut_at(const struct talk *want, size_t come, size_t gone, int end) {
  struct talk talk;
  struct cut cut = {0, 0, 0, 0};
  size_t blocks = heap.live_blocks;
  cut.sends_end = gone;
  cut.end = end;
  talk_begin(&talk, &want->way);
  talk.report = report_cut;
  talk.test = &cut;
  if (come < talk.in.length) {
    talk.in.length = come;
  }
  talk_run(&talk);
  CHECK(cut.is_cut);
  check_end(&talk, want, end);
  talk_end(&talk);
  CHECK_EQ(heap.live_blocks, blocks);
}

static void check_way(const struct way *way) {
  struct talk want;
  size_t at;
  int end;
  talk_begin(&want, way);
  talk_run(&want);
  talk_is_same(&want, &want);
  CHECK(want.in.length > 300 && want.log.length > 300);
  CHECK(want.out.length > (way->compressed ? 40u : 300u));
  for (end = 0; end < ENDS; end++) {
    for (at = 0; at < want.in.length; at++) {
      cut_at(&want, at, NEVER, end);
    }
    for (at = 0; at < want.out.length; at++) {
      cut_at(&want, NEVER, at, end);
    }
  }
  printf("%s: cut behind %lu octets that came and %lu that went\n", check_row,
         (unsigned long)want.in.length, (unsigned long)want.out.length);
  talk_end(&want);
}

int main(void) {
  check_that_counting_works();
  in_every_way(check_way);
  return 0;
}
