#include "CKernels.h"

#include <assert.h>
#include <string.h>

#define CK_BODY "planar_conv_body.h"
#include "ck_each_isa.h"

void ck_planar_conv_forward(float *y, const float *x, const float *w, const float *b, const struct ck_grid *grid,
                            int taps, int channels, int first, int last, enum ck_isa isa) {
    assert(taps == 9 || taps == 27);
    CK_DISPATCH(isa, planar_conv_forward, y, x, w, b, grid, taps, channels, first, last);
}

void ck_planar_conv_backward_input(float *dx, const float *dy, const float *w, const struct ck_grid *grid, int taps,
                                   int channels, int first, int last, enum ck_isa isa) {
    assert(taps == 9 || taps == 27);
    CK_DISPATCH(isa, planar_conv_backward_input, dx, dy, w, grid, taps, channels, first, last);
}

void ck_planar_conv_backward_weights(float *dw, float *db, const float *dy, const float *x, const struct ck_grid *grid,
                                     int taps, int channels, int first, int last, int accumulate, enum ck_isa isa) {
    assert(taps == 9 || taps == 27);
    CK_DISPATCH(isa, planar_conv_backward_weights, dw, db, dy, x, grid, taps, channels, first, last, accumulate);
}
