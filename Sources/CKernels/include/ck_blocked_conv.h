#ifndef PLATEAU_CK_BLOCKED_CONV_H
#define PLATEAU_CK_BLOCKED_CONV_H

#include <stddef.h>

#include "ck_grid.h"
#include "ck_isa.h"

// Convolutions between blocked tensors, computed directly.
//
// A convolution reads the wide tensor, C channels on the grid `wide`, and writes the narrow one, K channels on the grid
// `narrow`; with stride 2 the narrow grid has half the positions a side, with stride 1 as many. Its adjoint goes the
// other way: it is the gradient of the convolution's input, and the forward pass of a transposed convolution. Channels
// are counted in blocks of 16. Two dimensions are a grid whose D is 1.
struct ck_conv {
    int dims;   // 2 or 3
    int kernel; // 1 or 3, padded to keep the size
    int stride; // 1 or 2
    int wide_blocks, narrow_blocks;
    struct ck_grid wide, narrow;
};

// kernel^dims.
int ck_conv_taps(const struct ck_conv *conv);
// Floats of the weights, in either layout.
size_t ck_conv_weights(const struct ck_conv *conv);

// Weights are [K blocks][C blocks][taps][16 of C][16 of K], taps in the order of (kd,kh,kw). The adjoint reads them
// turned: [C blocks][K blocks][taps][16 of K][16 of C]. Turns the blocks of C from `first` to before `last`, whose
// place `turned` is.
void ck_conv_turn_weights(float *turned, const float *w, const struct ck_conv *conv, int first, int last,
                          enum ck_isa isa);

// One sample's part of a pass: `blocks` (1 or 2) blocks of the output from `block` on, in slice d, rows `first` to
// before `last` of the narrow grid. With `init` the result is added to it; it lies as the output does and may be the
// output. y is the narrow tensor, x the wide one.
void ck_conv_forward_rows(float *y, const float *init, const float *x, const float *w, const struct ck_conv *conv,
                          int block, int blocks, int d, int first, int last, enum ck_isa isa);
void ck_conv_adjoint_rows(float *x, const float *init, const float *y, const float *turned, const struct ck_conv *conv,
                          int block, int blocks, int d, int first, int last, enum ck_isa isa);

// The same for narrow grids with short rows, where the call above would use few registers: positions `first` to before
// `last` of all samples' narrow positions, N·D·H·W, at most CK_GATHER of them, and all blocks of the output from
// `block` to before `last_block`. `x_sample`, `y_sample` and `init_sample` are the floats from one sample to the next.
enum { CK_GATHER = 14 };
size_t ck_conv_gather_scratch(const struct ck_conv *conv);
void ck_conv_forward_gathered(float *y, const float *init, const float *x, const float *w, float *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last, enum ck_isa isa);
void ck_conv_adjoint_gathered(float *x, const float *init, const float *y, const float *turned, float *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last, enum ck_isa isa);

// Gradient of the weights of one block of C and `blocks` (1 or 2) of K from `narrow_block` on, over the narrow rows
// `first` to before `last` of all samples' N·D·H rows. dw is the whole array; its tiles are overwritten, or added to
// when `accumulate` is set.
void ck_conv_weight_gradient(float *dw, const float *dy, const float *x, const struct ck_conv *conv, size_t x_sample,
                             size_t y_sample, int wide_block, int narrow_block, int blocks, int first, int last,
                             int accumulate, enum ck_isa isa);

// The first layer's convolution: stride 2, kernel 3, from C planar channels on the grid `wide` (`wide_blocks` is C) to
// blocked ones. Weights are [K blocks][C][taps][16 of K]. Also the input gradient of a transposed convolution with
// planar output. As ck_conv_forward_rows otherwise.
void ck_conv_planar_rows(float *y, const float *init, const float *x, const float *w, const struct ck_conv *conv,
                         int block, int blocks, int d, int first, int last, enum ck_isa isa);

// One sample by nested loops in double precision, added to the result: the algorithmic reference. The weights are those
// of the convolution in each.
void ck_conv_forward_naive(double *y, const float *x, const float *w, const struct ck_conv *conv);
void ck_conv_adjoint_naive(double *x, const float *y, const float *w, const struct ck_conv *conv);
void ck_conv_weight_gradient_naive(double *dw, const float *dy, const float *x, const struct ck_conv *conv);

// y += x.
void ck_add(float *y, const float *x, size_t n);

#endif
