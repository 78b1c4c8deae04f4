#ifndef PLATEAU_CK_BLOCKED_NORM_H
#define PLATEAU_CK_BLOCKED_NORM_H

#include "ck_grid.h"
#include "ck_isa.h"

// Normalisation and PReLU of one block of 16 channels of one sample, over the rows `first` to before `last` of the
// grid's D·H. Arrays of 16 hold one number a channel. z = scale·y + shift is the normalised value; with p its PReLU,
// out = p + add + bias, where `add` (nullable) lies as `out` does and `bias` is read with it alone.

// Mean and sum of squared distances from it: two passes, in double precision across rows.
void ck_norm_moments(double *mean, double *squares, const float *y, const struct ck_grid *grid, int first, int last,
                     enum ck_isa isa);
// Merges the moments of `b` values into those of `a` (Chan, Golub & LeVeque 1979).
void ck_norm_merge(double *mean, double *squares, double a, const double *other_mean, const double *other_squares,
                   double b);
void ck_norm_act_forward(float *out, const float *y, const float *add, const float *bias, const float *scale,
                         const float *shift, float slope, const struct ck_grid *grid, int first, int last,
                         enum ck_isa isa);

// With g the gradient of z, four rows of 16 sums over positions: of the output's gradient, of g, of g·(y − mean), and,
// where z ≤ 0, of z times the output's gradient, which is the slope's gradient.
enum { CK_NORM_SUMS = 4 * CK_LANES };
void ck_norm_act_sums(double *sums, const float *dout, const float *y, const float *scale, const float *shift,
                      const float *mean, float slope, const struct ck_grid *grid, int first, int last, enum ck_isa isa);
// dy = scale·g + factor·(y − mean) + offset; dy may be y. `copy`, if not NULL, gets dout.
void ck_norm_act_backward(float *dy, float *copy, const float *dout, const float *y, const float *scale,
                          const float *shift, const float *mean, const float *factor, const float *offset, float slope,
                          const struct ck_grid *grid, int first, int last, enum ck_isa isa);

#endif
