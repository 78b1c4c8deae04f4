#include "CKernels.h"

#include <stddef.h>

#define CK_BODY "planar_norm_body.h"
#include "ck_each_isa.h"

void ck_planar_norm_statistics(double *sum, double *squares, const float *y, const struct ck_grid *grid, int channels,
                               int first, int last, enum ck_isa isa) {
    CK_DISPATCH(isa, planar_norm_statistics, sum, squares, y, grid, channels, first, last);
}

void ck_planar_norm_forward(float *out, const float *y, const struct ck_planar_norm *norm, const struct ck_grid *grid,
                            int channels, int first, int last, enum ck_isa isa) {
    CK_DISPATCH(isa, planar_norm_forward, out, y, norm, grid, channels, first, last);
}

void ck_planar_norm_backward_sums(double *sum, double *product, double *dslope, const float *dout, const float *y,
                                  const float *mean, const struct ck_planar_norm *norm, const struct ck_grid *grid,
                                  int channels, int first, int last, enum ck_isa isa) {
    CK_DISPATCH(isa, planar_norm_backward_sums, sum, product, dslope, dout, y, mean, norm, grid, channels, first, last);
}

void ck_planar_norm_backward(float *dy, const float *dout, const float *y, const float *a, const float *b,
                             const struct ck_planar_norm *norm, const struct ck_grid *grid, int channels, int first,
                             int last, enum ck_isa isa) {
    CK_DISPATCH(isa, planar_norm_backward, dy, dout, y, a, b, norm, grid, channels, first, last);
}
