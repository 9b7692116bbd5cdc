/* Headers and library are of the same version; all five headers are there. */
#include <stdio.h>
#include <websocket.h>
#include <websocket_types.h>
#include <websocket_windows.h>
#include <wspc.h>
#include <wspc_types.h>

int main(void) {
  const ULONG wanted = WSPC_VERSION;
  if (WspcVersion() != wanted) {
    printf("the library is %lx, the header %lx\n", (unsigned long)WspcVersion(),
           (unsigned long)wanted);
    return 1;
  }
  return 0;
}
