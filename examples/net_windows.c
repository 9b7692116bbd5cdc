/* Winsock and the clock of Windows; console_windows.c has the rest. */
#include "net_platform.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *net_resolver_error(int code) {
  static char text[256];
  wchar_t wide[128];
  DWORD length = FormatMessageW(
      FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
      (DWORD)code, 0, wide, sizeof wide / sizeof *wide, NULL);
  int octets = WideCharToMultiByte(CP_UTF8, 0, wide, (int)length, text,
                                   (int)sizeof text - 1, NULL, NULL);
  if (octets == 0) {
    snprintf(text, sizeof text, "error %d", code);
    return text;
  }
  while (octets > 0 && strchr("\r\n. ", text[octets - 1]) != NULL) {
    octets--;
  }
  text[octets] = '\0';
  return text;
}

const char *net_system_error(void) {
  return net_resolver_error(WSAGetLastError());
}

int net_prepare(net_socket socket) {
  u_long on = 1;
  return ioctlsocket(socket, (long)FIONBIO, &on) == 0 &&
         SetHandleInformation((HANDLE)socket, HANDLE_FLAG_INHERIT, 0);
}

/* On Windows SO_REUSEADDR would let others listen on our port as well. */
int net_claim_port(net_socket listener) {
  int on = 1;
  return setsockopt(listener, SOL_SOCKET, SO_EXCLUSIVEADDRUSE,
                    (const char *)&on, sizeof on) == 0;
}

long net_most_sockets(void) { return -1; }

int net_would_block(void) { return WSAGetLastError() == WSAEWOULDBLOCK; }

int net_is_exhausted(void) {
  int error = WSAGetLastError();
  return error == WSAEMFILE || error == WSAENOBUFS ||
         error == WSA_NOT_ENOUGH_MEMORY;
}

long net_read(net_socket socket, void *octets, size_t room) {
  return net_result(
      recv(socket, octets, room < INT_MAX ? (int)room : INT_MAX, 0));
}

long net_write(net_socket socket, const struct net_part *parts, int count) {
  WSABUF pieces[NET_MOST_PARTS];
  DWORD sent = 0;
  int i;
  for (i = 0; i < count && i < NET_MOST_PARTS; i++) {
    pieces[i].buf = (char *)parts[i].octets;
    pieces[i].len = (ULONG)parts[i].length;
  }
  return net_result(WSASend(socket, pieces, (DWORD)i, &sent, 0, NULL, NULL) == 0
                        ? (long)sent
                        : -1);
}

void net_finish(net_socket socket) { shutdown(socket, SD_SEND); }

void net_close(net_socket socket) {
  if (socket != NET_NONE) {
    closesocket(socket);
  }
}

long long net_now(void) { return (long long)GetTickCount64(); }

/* ---- poll ---- */

/* An fd_set is a counted list, and select takes one of any length. */
static fd_set *new_set(nfds_t room) {
  fd_set *set = malloc(offsetof(fd_set, fd_array) + room * sizeof(SOCKET));
  if (set != NULL) {
    set->fd_count = 0;
  }
  return set;
}

static void fill(fd_set *set, const struct pollfd *wanted, nfds_t count,
                 short event) {
  nfds_t i;
  for (i = 0; i < count; i++) {
    if (wanted[i].events & event) {
      set->fd_array[set->fd_count++] = wanted[i].fd;
    }
  }
}

static void mark(const fd_set *set, struct pollfd *wanted, nfds_t count,
                 short event) {
  u_int i;
  nfds_t at;
  for (i = 0; i < set->fd_count; i++) {
    for (at = 0; at < count && wanted[at].fd != set->fd_array[i]; at++) {
    }
    if (at < count) {
      wanted[at].revents |= event;
    }
  }
}

/*
 * WSAPoll would not do: it tells again and again of a peer that sends no more,
 * also while we only want to write.
 */
int poll(struct pollfd *wanted, nfds_t count, int milliseconds) {
  fd_set *readable = new_set(count), *writable = new_set(count);
  struct timeval time;
  int ready = -1;
  nfds_t i;
  for (i = 0; i < count; i++) {
    wanted[i].revents = 0;
  }
  time.tv_sec = milliseconds / 1000;
  time.tv_usec = milliseconds % 1000 * 1000;
  if (readable != NULL && writable != NULL) {
    fill(readable, wanted, count, POLLIN);
    fill(writable, wanted, count, POLLOUT);
    ready =
        select(0, readable, writable, NULL, milliseconds < 0 ? NULL : &time);
  }
  if (ready > 0) {
    mark(readable, wanted, count, POLLIN);
    mark(writable, wanted, count, POLLOUT);
  }
  free(readable);
  free(writable);
  return ready;
}
