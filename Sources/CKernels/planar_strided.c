#include "CKernels.h"

#include <assert.h>
#include <string.h>

#define CK_BODY "planar_strided_body.h"
#include "ck_each_isa.h"

void ck_planar_strided_weights(float *dw, const float *dy, const float *x, const struct ck_grid *ygrid,
                               const struct ck_grid *xgrid, int taps, int channels, int blocks, int first, int last,
                               int accumulate, enum ck_isa isa) {
    assert(taps == 9 || taps == 27);
    CK_DISPATCH(isa, planar_strided_weights, dw, dy, x, ygrid, xgrid, taps, channels, blocks, first, last, accumulate);
}
