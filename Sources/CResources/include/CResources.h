#ifndef PLATEAU_CRESOURCES_H
#define PLATEAU_CRESOURCES_H

#include <stddef.h>
#include <stdint.h>

// Files that the program carries with it. In C, as clang embeds a file as it is, where an array literal of Swift takes
// the compiler a minute.

// `count` bytes that live as long as the program.
struct plateau_resource {
    const uint8_t *bytes;
    size_t count;
};

// openapi.yaml
struct plateau_resource plateau_openapi(void);
// surrogate.bin, weights by `plateau surrogate train`
struct plateau_resource plateau_surrogate(void);

#endif
