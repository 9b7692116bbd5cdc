/*
 * The DLL's way to the heap leads through its import table, where functions of
 * the test take the place of those of KERNEL32.
 */
#ifndef COUNTING_WINDOWS_H
#define COUNTING_WINDOWS_H

#define NOT_INTERCEPTED "the DLL does not allocate through its import table"

static LPVOID WINAPI counted_alloc(HANDLE from, DWORD flags, SIZE_T size) {
  LPVOID block = must_fail(size) ? NULL : HeapAlloc(from, flags, size);
  if (block != NULL) {
    block_born(HeapSize(from, 0, block));
  }
  return flags & HEAP_ZERO_MEMORY ? block : soiled(block, size);
}

static LPVOID WINAPI counted_realloc(HANDLE from, DWORD flags, LPVOID block,
                                     SIZE_T size) {
  SIZE_T before = HeapSize(from, 0, block);
  LPVOID moved = must_fail(size) ? NULL : HeapReAlloc(from, flags, block, size);
  if (moved != NULL) {
    block_died(NULL, before);
    block_born(HeapSize(from, 0, moved));
  }
  return moved;
}

static BOOL WINAPI counted_free(HANDLE from, DWORD flags, LPVOID block) {
  if (block != NULL) {
    block_died(block, HeapSize(from, 0, block));
  }
  return HeapFree(from, flags, block);
}

static const struct {
  const char *name;
  ULONG_PTR function;
} counted[] = {{"HeapAlloc", (ULONG_PTR)counted_alloc},
               {"HeapReAlloc", (ULONG_PTR)counted_realloc},
               {"HeapFree", (ULONG_PTR)counted_free}};

/* The functions imported from one DLL; returns how many were replaced. */
static int replace_in(BYTE *base, const IMAGE_IMPORT_DESCRIPTOR *from) {
  const IMAGE_THUNK_DATA *name =
      (const IMAGE_THUNK_DATA *)(base + from->OriginalFirstThunk);
  IMAGE_THUNK_DATA *function = (IMAGE_THUNK_DATA *)(base + from->FirstThunk);
  int replaced = 0;
  for (; name->u1.AddressOfData != 0; name++, function++) {
    size_t i;
    const char *imported;
    if (IMAGE_SNAP_BY_ORDINAL(name->u1.Ordinal)) {
      continue;
    }
    imported = (const char *)(base + name->u1.AddressOfData + sizeof(WORD));
    for (i = 0; i < sizeof counted / sizeof *counted; i++) {
      DWORD before;
      if (strcmp(imported, counted[i].name) == 0) {
        CHECK(VirtualProtect(function, sizeof *function, PAGE_READWRITE,
                             &before));
        function->u1.Function = counted[i].function;
        CHECK(VirtualProtect(function, sizeof *function, before, &before));
        replaced++;
      }
    }
  }
  return replaced;
}

static void intercept(void) {
  static int replaced;
  BYTE *base = (BYTE *)GetModuleHandleA("websocket.dll");
  const IMAGE_NT_HEADERS *headers;
  const IMAGE_IMPORT_DESCRIPTOR *from;
  if (replaced != 0) {
    return;
  }
  CHECK(base != NULL);
  headers =
      (const IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
  from = (const IMAGE_IMPORT_DESCRIPTOR
              *)(base + headers->OptionalHeader
                            .DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT]
                            .VirtualAddress);
  for (; from->Name != 0; from++) {
    replaced += replace_in(base, from);
  }
  CHECK_EQ(replaced, sizeof counted / sizeof *counted);
}

#endif /* COUNTING_WINDOWS_H */
