#ifndef PLATEAU_CK_PLANAR_CONV_H
#define PLATEAU_CK_PLANAR_CONV_H

#include <stddef.h>

#include "ck_grid.h"
#include "ck_isa.h"

// Convolutions whose input or output is planar, the image or the network's output: a few channels, each of them laid
// out by itself. One sample; kernel 3, padding 1; taps is 9 or 27, in the order (kd,kh,kw).
//
// Rows are counted through the slices: row r is row r mod H of slice r / H, and a call does the rows [first, last). The
// rows of one call depend on no other call, so calls on ranges of rows may run side by side.

// The network's last convolution with its identity shortcut, stride 1, from K channels to K on one grid:
// y = conv(x) + b + x. x and y are planar (K,D,H,W), w is (K out,K in,taps), b (K).
void ck_planar_conv_forward(float *y, const float *x, const float *w, const float *b, const struct ck_grid *grid,
                            int taps, int channels, int first, int last, enum ck_isa isa);
// Its input's gradient, dx = convᵀ(dy) + dy. dx may not be dy.
void ck_planar_conv_backward_input(float *dx, const float *dy, const float *w, const struct ck_grid *grid, int taps,
                                   int channels, int first, int last, enum ck_isa isa);
// What the rows of dy contribute to dw (K out,K in,taps) and db (K): added to them, or written where accumulate is 0.
void ck_planar_conv_backward_weights(float *dw, float *db, const float *dy, const float *x, const struct ck_grid *grid,
                                     int taps, int channels, int first, int last, int accumulate, enum ck_isa isa);

// The top transposed convolution, stride 2 with output padding 1, from B blocks on a grid to K planar channels on a
// grid of twice its size: y[2p + t − 1] += x[p]·w[t]. x is blocked (B,D,H,W,16), y planar (K,2D,2H,2W) or in two
// dimensions (K,1,2H,2W), w is (B,K·taps,16), b (K); lanes without a channel are zero in x or in w. Rows are those of
// x; row (d,h) of x gives the rows 2d and 2d + 1, 2h and 2h + 1 of y.
void ck_planar_transposed_forward(float *y, const float *x, const float *w, const float *b, float *scratch,
                                  const struct ck_grid *ygrid, const struct ck_grid *xgrid, int taps, int channels,
                                  int blocks, int first, int last, enum ck_isa isa);
// Floats of scratch that a call needs, its contents neither read nor left.
size_t ck_planar_transposed_scratch(const struct ck_grid *xgrid, int taps, int blocks);

// The weight gradient of a convolution with stride 2 from C planar channels to B blocks, dw (B,C·taps,16) =
// Σp x[c][2p + t − 1]·dy[p]: that of the first layer, and of the top transposed convolution, where x is the gradient of
// the planar output and dy the blocked input. x is planar (C,2D,2H,2W) or in two dimensions (C,1,2H,2W), dy blocked
// (B,D,H,W,16). Rows are those of dy. Added to dw, or written where accumulate is 0.
void ck_planar_strided_weights(float *dw, const float *dy, const float *x, const struct ck_grid *ygrid,
                               const struct ck_grid *xgrid, int taps, int channels, int blocks, int first, int last,
                               int accumulate, enum ck_isa isa);

// The same by plain loops in double precision, all rows; gradients of weights are written.
void ck_planar_conv_forward_naive(float *y, const float *x, const float *w, const float *b, const struct ck_grid *grid,
                                  int taps, int channels);
void ck_planar_conv_backward_input_naive(float *dx, const float *dy, const float *w, const struct ck_grid *grid,
                                         int taps, int channels);
void ck_planar_conv_backward_weights_naive(float *dw, float *db, const float *dy, const float *x,
                                           const struct ck_grid *grid, int taps, int channels);
void ck_planar_transposed_forward_naive(float *y, const float *x, const float *w, const float *b,
                                        const struct ck_grid *ygrid, const struct ck_grid *xgrid, int taps,
                                        int channels, int blocks);
void ck_planar_strided_weights_naive(float *dw, const float *dy, const float *x, const struct ck_grid *ygrid,
                                     const struct ck_grid *xgrid, int taps, int channels, int blocks);

#endif
