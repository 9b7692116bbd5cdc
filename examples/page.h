/* page.html as octets; CMake makes the definition. */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>

extern const unsigned char page_html[];
extern const size_t page_html_length;

#endif /* PAGE_H */
