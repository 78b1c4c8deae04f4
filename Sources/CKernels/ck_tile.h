#ifndef PLATEAU_CK_TILE_H
#define PLATEAU_CK_TILE_H

#include <stddef.h>

#include "include/ck_grid.h"

enum {
    CK_TILE_FLOATS = CK_LANES * CK_LANES,
    CK_MOST_TAPS = 27,
    CK_MOST_WIDTH = 28,
    CK_MOST_ROWS = 64,
    // Of one batch of rows of the weight gradient: 64 bytes each of x, 128 of dy.
    CK_ROW_POSITIONS = 128
};

// Where a tap reads, relative to the position, and where its weights are; in the numbers that its kernel is made of.
struct ck_tap {
    int x, w;
};

struct ck_row {
    ptrdiff_t x, y;
};

// The first position of a tile with `side` positions a dimension, in floats from the sample's, and the sample.
static inline ptrdiff_t ck_tile_place(const struct ck_grid *grid, int dims, int side, int index, int *sample) {
    const int across = grid->W / side, down = grid->H / side, deep = dims == 3 ? grid->D / side : 1;
    const int w = index % across, h = index / across % down, d = index / (across * down) % deep;
    *sample = index / (across * down * deep);
    return ((ptrdiff_t)d * grid->plane + (ptrdiff_t)h * grid->row + w) * side * CK_LANES;
}

#endif
