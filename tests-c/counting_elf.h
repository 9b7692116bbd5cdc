/*
 * Interposition as ELF has it: the program's malloc is also the library's.
 * valgrind leaves it in place when it is run with
 * --soname-synonyms=somalloc=nouserintercepts.
 */
#ifndef COUNTING_ELF_H
#define COUNTING_ELF_H

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>

#define NOT_INTERCEPTED                                                        \
  "the library's malloc is not that of the program; under valgrind add "       \
  "--soname-synonyms=somalloc=nouserintercepts"

/* Pointers to the next functions of that name, behind the program's own. */
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void (*next_free)(void *);

/* ISO C has no cast from an object pointer to a function pointer. */
static void find_next(void *function, const char *name) {
  void *symbol = dlsym(RTLD_NEXT, name);
  if (symbol == NULL) {
    abort();
  }
  memcpy(function, &symbol, sizeof symbol);
}

static void intercept(void) {
  if (next_free == NULL) {
    find_next(&next_malloc, "malloc");
    find_next(&next_calloc, "calloc");
    find_next(&next_realloc, "realloc");
    find_next(&next_aligned_alloc, "aligned_alloc");
    find_next(&next_posix_memalign, "posix_memalign");
    find_next(&next_free, "free");
  }
}

static void *born(void *block) {
  if (block != NULL) {
    block_born(malloc_usable_size(block));
  }
  return block;
}

static void *out_of_memory(void) {
  errno = ENOMEM;
  return NULL;
}

void *malloc(size_t size) {
  intercept();
  return must_fail(size) ? out_of_memory()
                         : born(soiled(next_malloc(size), size));
}

void *calloc(size_t count, size_t size) {
  intercept();
  return must_fail(count * size) ? out_of_memory()
                                 : born(next_calloc(count, size));
}

void *realloc(void *block, size_t size) {
  void *moved;
  size_t before = block != NULL ? malloc_usable_size(block) : 0;
  intercept();
  if (must_fail(size)) {
    return out_of_memory();
  }
  moved = next_realloc(block, size);
  if (moved != NULL && block != NULL) {
    block_died(before);
  }
  return born(moved);
}

void *aligned_alloc(size_t alignment, size_t size) {
  intercept();
  return must_fail(size) ? out_of_memory()
                         : born(next_aligned_alloc(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  int error;
  intercept();
  error =
      must_fail(size) ? ENOMEM : next_posix_memalign(block, alignment, size);
  if (error == 0) {
    born(*block);
  }
  return error;
}

void free(void *block) {
  intercept();
  if (block != NULL) {
    block_died(malloc_usable_size(block));
  }
  next_free(block);
}

#endif /* COUNTING_ELF_H */
