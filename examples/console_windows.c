/* Arguments, standard streams and requests to stop, of Windows. */
#include "net_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <stdlib.h>
#include <string.h>

/* ---- the start ---- */

static char *to_utf8(const wchar_t *wide) {
  int room = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
  char *text = malloc((size_t)room + 1);
  if (text != NULL) {
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, room, NULL, NULL);
    text[room] = '\0';
  }
  return text;
}

/* What main is given has lost the characters that are not in the code page. */
static int take_arguments(int *count, char ***arguments) {
  wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), count);
  char **taken = calloc((size_t)*count + 1, sizeof *taken);
  int i, good = wide != NULL && taken != NULL;
  for (i = 0; good && i < *count; i++) {
    taken[i] = to_utf8(wide[i]);
    good = taken[i] != NULL;
  }
  LocalFree(wide);
  *arguments = taken; /* until the program ends */
  return good;
}

static UINT code_page;

static void restore_code_page(void) { SetConsoleOutputCP(code_page); }

static void print_utf8(void) {
  _setmode(_fileno(stdout), _O_BINARY);
  code_page = GetConsoleOutputCP();
  if (code_page != 0 && code_page != CP_UTF8) {
    SetConsoleOutputCP(CP_UTF8);
    atexit(restore_code_page);
  }
}

int net_start(int *count, char ***arguments) {
  WSADATA data;
  print_utf8();
  return WSAStartup(MAKEWORD(2, 2), &data) == 0 &&
         take_arguments(count, arguments);
}

FILE *net_open(const char *name) {
  wchar_t wide[MAX_PATH];
  if (MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, MAX_PATH) == 0) {
    errno = ENAMETOOLONG;
    return NULL;
  }
  return _wfopen(wide, L"rb");
}

/* ---- pairs of sockets, where POSIX has pipes ---- */

/*
 * What is written to the second can be read from the first. Whoever else
 * connects to the listener is shown out.
 */
static int make_pair(net_socket pair[2]) {
  net_socket listener = net_listen("127.0.0.1", "0");
  char port[8], ourselves[32], peer[96] = "";
  enum net_refusal why;
  snprintf(port, sizeof port, "%u", net_port(listener));
  pair[1] = net_connect("127.0.0.1", port);
  snprintf(ourselves, sizeof ourselves, "127.0.0.1 port %u", net_port(pair[1]));
  while (pair[1] != NET_NONE && strcmp(peer, ourselves) != 0) {
    net_close(pair[0]);
    net_wait(listener, NET_READABLE, -1);
    pair[0] = net_accept(listener, peer, sizeof peer, &why);
    if (pair[0] == NET_NONE) {
      net_close(pair[1]);
      pair[1] = NET_NONE;
    }
  }
  net_close(listener);
  return pair[1] != NET_NONE;
}

static int write_all(net_socket socket, const char *octets, int length) {
  while (length > 0) {
    int sent = send(socket, octets, length, 0);
    if (sent > 0) {
      octets += sent;
      length -= sent;
    } else if (net_would_block()) {
      net_wait(socket, NET_WRITABLE, -1);
    } else {
      return 0;
    }
  }
  return 1;
}

/* ---- standard input ---- */

/* select waits for sockets only: a thread reads and writes into one. */
static net_socket input[2] = {NET_NONE, NET_NONE};

/* Octets of a pipe or a file as they are. */
static void copy_octets(HANDLE from) {
  char octets[4096];
  DWORD length;
  while (ReadFile(from, octets, sizeof octets, &length, NULL) && length > 0 &&
         write_all(input[1], octets, (int)length)) {
  }
}

#define CTRL_Z 0x1A /* at the beginning of a line: the end */

static void copy_characters(HANDLE console) {
  wchar_t line[1024];
  char octets[3 * 1024];
  DWORD kept = 0, length;
  while (ReadConsoleW(console, line + kept, 1024 - kept, &length, NULL) &&
         length > 0 && line[0] != CTRL_Z) {
    length += kept;
    /* Half of a character may wait for its other half. */
    kept = IS_HIGH_SURROGATE(line[length - 1]) ? 1 : 0;
    if (!write_all(input[1], octets,
                   WideCharToMultiByte(CP_UTF8, 0, line, (int)(length - kept),
                                       octets, sizeof octets, NULL, NULL))) {
      return;
    }
    line[0] = line[length - 1];
  }
}

static DWORD WINAPI copy_input(void *unused) {
  HANDLE handle = GetStdHandle(STD_INPUT_HANDLE);
  DWORD mode;
  (void)unused;
  if (GetConsoleMode(handle, &mode)) {
    copy_characters(handle);
  } else {
    copy_octets(handle);
  }
  net_close(input[1]);
  return 0;
}

net_socket net_input(void) {
  if (input[0] == NET_NONE && make_pair(input)) {
    HANDLE thread = CreateThread(NULL, 0, copy_input, NULL, 0, NULL);
    if (thread != NULL) {
      CloseHandle(thread);
    } else {
      net_close(input[1]);
    }
  }
  return input[0];
}

long net_read_input(void *octets, size_t room) {
  return net_read(input[0], octets, room);
}

/* ---- the request to stop ---- */

static net_socket stop_pair[2] = {NET_NONE, NET_NONE};

/* Runs in a thread of its own. */
static BOOL WINAPI stop(DWORD event) {
  char octet = (char)event;
  send(stop_pair[1], &octet, 1, 0);
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) {
    Sleep(INFINITE); /* the console closes, and we end, when this returns */
  }
  return TRUE;
}

net_socket net_stop_request(void) {
  if (!make_pair(stop_pair) || !SetConsoleCtrlHandler(stop, TRUE)) {
    return NET_NONE;
  }
  return stop_pair[0];
}

void net_stop_seen(void) {
  char octets[16];
  while (net_read(stop_pair[0], octets, sizeof octets) > 0) {
  }
}

void net_stop_end(void) {
  SetConsoleCtrlHandler(stop, FALSE);
  net_close(stop_pair[0]);
  net_close(stop_pair[1]);
  stop_pair[0] = stop_pair[1] = NET_NONE;
}
