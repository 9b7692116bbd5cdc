/* Put before each program of tests-c: their atomic numbers bring about an order
 * between threads as the lock's does (sync.rs), and helgrind has to be told. */

#ifndef TESTS_HELGRIND_ATOMICS_H
#define TESTS_HELGRIND_ATOMICS_H

#include <valgrind/helgrind.h>

/* What others write at the same time, as it is atomic, is no race. */
#define ORDER_BEGIN(pointer)                                                   \
  __extension__ __typeof__(pointer) order_at = (pointer);                      \
  VALGRIND_HG_DISABLE_CHECKING(order_at, sizeof *order_at)
#define ORDER_BEFORE(order)                                                    \
  if ((order) == __ATOMIC_RELEASE || (order) == __ATOMIC_ACQ_REL ||            \
      (order) == __ATOMIC_SEQ_CST)                                             \
  ANNOTATE_HAPPENS_BEFORE(order_at)
#define ORDER_AFTER(order)                                                     \
  if ((order) == __ATOMIC_ACQUIRE || (order) == __ATOMIC_ACQ_REL ||            \
      (order) == __ATOMIC_SEQ_CST)                                             \
  ANNOTATE_HAPPENS_AFTER(order_at)

/* A macro is not taken for itself again: the compiler's are called. */
#define __atomic_load_n(pointer, order)                                        \
  __extension__({                                                              \
    ORDER_BEGIN(pointer);                                                      \
    __typeof__(*order_at + 0) order_seen = __atomic_load_n(order_at, order);   \
    ORDER_AFTER(order);                                                        \
    order_seen;                                                                \
  })
#define __atomic_store_n(pointer, value, order)                                \
  __extension__({                                                              \
    ORDER_BEGIN(pointer);                                                      \
    ORDER_BEFORE(order);                                                       \
    __atomic_store_n(order_at, value, order);                                  \
  })
#define ORDER_CHANGE(change, pointer, value, order)                            \
  __extension__({                                                              \
    ORDER_BEGIN(pointer);                                                      \
    ORDER_BEFORE(order);                                                       \
    __typeof__(*order_at + 0) order_seen = change(order_at, value, order);     \
    ORDER_AFTER(order);                                                        \
    order_seen;                                                                \
  })
#define __atomic_exchange_n(pointer, value, order)                             \
  ORDER_CHANGE(__atomic_exchange_n, pointer, value, order)
#define __atomic_fetch_add(pointer, value, order)                              \
  ORDER_CHANGE(__atomic_fetch_add, pointer, value, order)

#endif
