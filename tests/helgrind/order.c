/* How sync.rs tells helgrind of the order that an atomic number brings about.
 */

#include <stddef.h>
#include <valgrind/helgrind.h>

void order_begin(const void *object, size_t len);
void order_end(const void *object, size_t len);
void order_before(const void *object);
void order_after(const void *object);

/* The number itself is written by several threads, which is no race as it is
 * atomic. */
void order_begin(const void *object, size_t len) {
  VALGRIND_HG_DISABLE_CHECKING(object, len);
}

/* What comes to lie there is another's. */
void order_end(const void *object, size_t len) {
  ANNOTATE_HAPPENS_BEFORE_FORGET_ALL(object);
  VALGRIND_HG_ENABLE_CHECKING(object, len);
}

void order_before(const void *object) { ANNOTATE_HAPPENS_BEFORE(object); }

void order_after(const void *object) { ANNOTATE_HAPPENS_AFTER(object); }
