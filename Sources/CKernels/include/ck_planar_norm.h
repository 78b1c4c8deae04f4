#ifndef PLATEAU_CK_PLANAR_NORM_H
#define PLATEAU_CK_PLANAR_NORM_H

#include "ck_grid.h"
#include "ck_isa.h"

// Normalisation and PReLU of one sample of K planar channels, (K,D,H,W) on a grid. Rows are counted through the slices:
// row r is row r mod H of slice r / H, and a call does the rows [first, last). Arrays of K hold one value a channel;
// whether they are those of the sample or of the batch, the caller decides.

// sum (K) gets the sum of the rows' values, squares (K) that of their squared distances from the rows' own mean. Two
// parts of n and m values join into one: squares + squares' + (sum/n − sum'/m)²·n·m/(n + m) (Chan et al. 1983).
void ck_planar_norm_statistics(double *sum, double *squares, const float *y, const struct ck_grid *grid, int channels,
                               int first, int last, enum ck_isa isa);

// The activation's input is z = y·scale + shift; out = z where z > 0, else slope·z. out may be y.
struct ck_planar_norm {
    const float *scale, *shift;
    float slope;
};
void ck_planar_norm_forward(float *out, const float *y, const struct ck_planar_norm *norm, const struct ck_grid *grid,
                            int channels, int first, int last, enum ck_isa isa);

// What the two sums below call g is the gradient by z: dout where z > 0, else slope·dout.
//
// Writes Σg (K), Σg·(y − mean) (K) and the gradient of the slope, Σ z·dout over z ≤ 0, a single value.
void ck_planar_norm_backward_sums(double *sum, double *product, double *dslope, const float *dout, const float *y,
                                  const float *mean, const struct ck_planar_norm *norm, const struct ck_grid *grid,
                                  int channels, int first, int last, enum ck_isa isa);
// dy = scale·g + y·b + a, with a and b (K). dy may be dout or y.
void ck_planar_norm_backward(float *dy, const float *dout, const float *y, const float *a, const float *b,
                             const struct ck_planar_norm *norm, const struct ck_grid *grid, int channels, int first,
                             int last, enum ck_isa isa);

// The same by plain loops in double precision, all rows.
void ck_planar_norm_statistics_naive(double *sum, double *squares, const float *y, const struct ck_grid *grid,
                                     int channels);
void ck_planar_norm_forward_naive(float *out, const float *y, const struct ck_planar_norm *norm,
                                  const struct ck_grid *grid, int channels);
void ck_planar_norm_backward_sums_naive(double *sum, double *product, double *dslope, const float *dout, const float *y,
                                        const float *mean, const struct ck_planar_norm *norm,
                                        const struct ck_grid *grid, int channels);
void ck_planar_norm_backward_naive(float *dy, const float *dout, const float *y, const float *a, const float *b,
                                   const struct ck_planar_norm *norm, const struct ck_grid *grid, int channels);

#endif
