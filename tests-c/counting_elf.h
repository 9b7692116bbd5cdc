/*
 * Interposition as ELF has it: the program's malloc is also the library's.
 * valgrind leaves it in place when it is run with
 * --soname-synonyms=somalloc=nouserintercepts. A sanitizer has its own malloc
 * in the program; there the linker leads every call of it here (--wrap).
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

#ifdef COUNTING_WRAPPED
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__real_aligned_alloc(size_t, size_t);
int __real_posix_memalign(void **, size_t, size_t);
void __real_free(void *);
#define malloc __wrap_malloc
#define calloc __wrap_calloc
#define realloc __wrap_realloc
#define aligned_alloc __wrap_aligned_alloc
#define posix_memalign __wrap_posix_memalign
#define free __wrap_free

static void intercept(void) {
  next_malloc = __real_malloc;
  next_calloc = __real_calloc;
  next_realloc = __real_realloc;
  next_aligned_alloc = __real_aligned_alloc;
  next_posix_memalign = __real_posix_memalign;
  next_free = __real_free;
}
#else
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
#endif

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
    block_died(NULL, before);
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
    block_died(block, malloc_usable_size(block));
  }
  next_free(block);
}

#endif /* COUNTING_ELF_H */
