#include "CKernels.h"

#include <assert.h>

// Floats from one planar row of scratch to the next: a row's positions and the one behind it, in whole vectors.
#define TRANSPOSED_PITCH(grid) (((grid)->W / 16 + 1) * 16)

#define CK_BODY "planar_transposed_body.h"
#include "ck_each_isa.h"

size_t ck_planar_transposed_scratch(const struct ck_grid *xgrid, int taps, int blocks) {
    // A vector that starts one position further on may end behind the last row; what it reads there comes to nothing.
    return (size_t)(taps == 27 ? 4 : 2) * 16 * blocks * TRANSPOSED_PITCH(xgrid) + 16;
}

void ck_planar_transposed_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                                  const struct ck_grid *ygrid, const struct ck_grid *xgrid, int taps, int channels,
                                  int blocks, int first, int last, enum ck_isa isa) {
    assert(taps == 9 || taps == 27);
    CK_DISPATCH(isa, planar_transposed_forward, y, x, w, b, scratch, ygrid, xgrid, taps, channels, blocks, first, last);
}
