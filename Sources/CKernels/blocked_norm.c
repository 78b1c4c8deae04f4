#include "CKernels.h"

#define CK_BODY "blocked_norm_body.h"
#include "ck_each_isa.h"

void ck_norm_moments(double *mean, double *squares, const float *y, const struct ck_grid *grid, int first, int last,
                     enum ck_isa isa) {
    CK_DISPATCH(isa, ck_norm_moments, mean, squares, y, grid, first, last);
}

void ck_norm_merge(double *mean, double *squares, double a, const double *other_mean, const double *other_squares,
                   double b) {
    const double both = a + b;
    for (int i = 0; i < CK_LANES; i++) {
        const double apart = other_mean[i] - mean[i];
        mean[i] += apart * (b / both);
        squares[i] += other_squares[i] + apart * apart * (a * b / both);
    }
}

void ck_norm_act_forward(float *out, const float *y, const float *add, const float *bias, const float *scale,
                         const float *shift, float slope, const struct ck_grid *grid, int first, int last,
                         enum ck_isa isa) {
    CK_DISPATCH(isa, ck_norm_act_forward, out, y, add, bias, scale, shift, slope, grid, first, last);
}

void ck_norm_act_sums(double *sums, const float *dout, const float *y, const float *scale, const float *shift,
                      const float *mean, float slope, const struct ck_grid *grid, int first, int last,
                      enum ck_isa isa) {
    CK_DISPATCH(isa, ck_norm_act_sums, sums, dout, y, scale, shift, mean, slope, grid, first, last);
}

void ck_norm_act_backward(float *dy, float *copy, const float *dout, const float *y, const float *scale,
                          const float *shift, const float *mean, const float *factor, const float *offset, float slope,
                          const struct ck_grid *grid, int first, int last, enum ck_isa isa) {
    CK_DISPATCH(isa, ck_norm_act_backward, dy, copy, dout, y, scale, shift, mean, factor, offset, slope, grid, first,
                last);
}
