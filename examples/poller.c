/* Waiting for many sockets. POLLER_USES_POLL takes poll on Linux as well. */
#include "net_platform.h"

#include "poller.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && !defined(POLLER_USES_POLL)

#include <sys/epoll.h>
#include <unistd.h>

struct poller {
  int epoll;
};

struct poller *poller_new(void) {
  struct poller *poller = malloc(sizeof *poller);
  if (poller != NULL) {
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (poller->epoll < 0) {
      free(poller);
      return NULL;
    }
  }
  return poller;
}

void poller_free(struct poller *poller) {
  if (poller != NULL) {
    close(poller->epoll);
    free(poller);
  }
}

static int control(struct poller *poller, int operation, net_socket socket,
                   int what, void *owner) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.events = (what & NET_READABLE ? EPOLLIN : 0u) |
                 (what & NET_WRITABLE ? EPOLLOUT : 0u);
  event.data.ptr = owner;
  return epoll_ctl(poller->epoll, operation, socket, &event) == 0;
}

int poller_add(struct poller *poller, net_socket socket, int what,
               void *owner) {
  return control(poller, EPOLL_CTL_ADD, socket, what, owner);
}

int poller_change(struct poller *poller, net_socket socket, int what,
                  void *owner) {
  return control(poller, EPOLL_CTL_MOD, socket, what, owner);
}

void poller_remove(struct poller *poller, net_socket socket) {
  control(poller, EPOLL_CTL_DEL, socket, 0, NULL);
}

int poller_wait(struct poller *poller, struct poller_event *events, int room,
                long milliseconds) {
  struct epoll_event ready[64];
  int i, count = epoll_wait(poller->epoll, ready, room < 64 ? room : 64,
                            (int)milliseconds);
  if (count < 0) {
    return errno == EINTR ? 0 : -1;
  }
  for (i = 0; i < count; i++) {
    int trouble = (ready[i].events & (EPOLLERR | EPOLLHUP)) != 0;
    events[i].owner = ready[i].data.ptr;
    events[i].ready =
        (trouble || ready[i].events & EPOLLIN ? NET_READABLE : 0) |
        (trouble || ready[i].events & EPOLLOUT ? NET_WRITABLE : 0);
  }
  return count;
}

#else

struct poller {
  struct pollfd *wanted;
  void **owners; /* beside `wanted` */
  size_t count, room;
  size_t next; /* where the next round begins, so that nobody is forgotten */
};

struct poller *poller_new(void) {
  return calloc(1, sizeof(struct poller));
}

void poller_free(struct poller *poller) {
  if (poller != NULL) {
    free(poller->wanted);
    free(poller->owners);
    free(poller);
  }
}

static int grow(struct poller *poller) {
  size_t room = 2 * poller->room + 16;
  struct pollfd *wanted = realloc(poller->wanted, room * sizeof *wanted);
  void **owners;
  if (wanted == NULL) {
    return 0;
  }
  poller->wanted = wanted;
  owners = realloc(poller->owners, room * sizeof *owners);
  if (owners == NULL) {
    return 0;
  }
  poller->owners = owners;
  poller->room = room;
  return 1;
}

static size_t find(struct poller *poller, net_socket socket) {
  size_t i = 0;
  while (i < poller->count && poller->wanted[i].fd != socket) {
    i++;
  }
  return i;
}

int poller_change(struct poller *poller, net_socket socket, int what,
                  void *owner) {
  size_t i = find(poller, socket);
  if (i == poller->count) {
    return 0;
  }
  poller->wanted[i].events = (short)((what & NET_READABLE ? POLLIN : 0) |
                                     (what & NET_WRITABLE ? POLLOUT : 0));
  poller->owners[i] = owner;
  return 1;
}

int poller_add(struct poller *poller, net_socket socket, int what,
               void *owner) {
  if (poller->count == poller->room && !grow(poller)) {
    return 0;
  }
  memset(&poller->wanted[poller->count], 0, sizeof *poller->wanted);
  poller->wanted[poller->count].fd = socket;
  poller->count++;
  return poller_change(poller, socket, what, owner);
}

void poller_remove(struct poller *poller, net_socket socket) {
  size_t i = find(poller, socket);
  if (i < poller->count) {
    poller->count--;
    poller->wanted[i] = poller->wanted[poller->count];
    poller->owners[i] = poller->owners[poller->count];
  }
}

int poller_wait(struct poller *poller, struct poller_event *events, int room,
                long milliseconds) {
  size_t i, at;
  int count = 0;
  if (poll(poller->wanted, (nfds_t)poller->count, (int)milliseconds) < 0) {
    return errno == EINTR ? 0 : -1;
  }
  for (i = 0; i < poller->count && count < room; i++) {
    short got;
    at = (poller->next + i) % poller->count;
    got = poller->wanted[at].revents;
    if (got != 0) {
      int trouble = (got & ~(POLLIN | POLLOUT)) != 0;
      events[count].owner = poller->owners[at];
      events[count].ready = (trouble || got & POLLIN ? NET_READABLE : 0) |
                            (trouble || got & POLLOUT ? NET_WRITABLE : 0);
      count++;
    }
  }
  poller->next = poller->count > 0 ? (poller->next + i) % poller->count : 0;
  return count;
}

#endif
