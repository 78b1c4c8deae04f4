#ifndef PLATEAU_CK_HALF_CONV_H
#define PLATEAU_CK_HALF_CONV_H

#include <stddef.h>
#include <stdint.h>

#include "ck_blocked_conv.h"

// The convolutions of ck_blocked_conv.h with factors rounded to bf16, to nearest and ties to even, and sums in fp32.
// Tensors and results stay fp32: what a call reads it first rounds into scratch, once for all taps and all blocks of
// the output. Numbers below the normal range count as zero, as the instructions have it.

// Whether this machine has the instructions; without them nothing but the functions named naive may be called.
int ck_half_available(void);

// Two neighbouring factors of a sum, the first in the low half.
typedef uint32_t ck_pair;

// Pairs of the weights, in either layout.
size_t ck_half_weights(const struct ck_conv *conv);

// Weights are [K blocks][C blocks][taps][8 pairs of C][16 of K], for the adjoint [C blocks][K blocks][taps][8 pairs of
// K][16 of C]. Both are made of the fp32 weights of ck_blocked_conv.h, for the blocks of C from `first` to before
// `last`.
void ck_half_pack_weights(ck_pair *packed, const float *w, const struct ck_conv *conv, int first, int last);
void ck_half_turn_weights(ck_pair *turned, const float *w, const struct ck_conv *conv, int first, int last);

// One sample's part of a pass: the blocks of the output from `block` to before `last_block`, in slice d, rows `first`
// to before `last` of the narrow grid. With `init` the result is added to it; it lies as the output does and may be the
// output. y is the narrow tensor, x the wide one. The scratch is the caller's alone, its size in pairs that of calls
// for so many rows.
size_t ck_half_rows_scratch(const struct ck_conv *conv, int rows);
void ck_half_forward_rows(float *y, const float *init, const float *x, const ck_pair *packed, ck_pair *scratch,
                          const struct ck_conv *conv, int block, int last_block, int d, int first, int last);
void ck_half_adjoint_rows(float *x, const float *init, const float *y, const ck_pair *turned, ck_pair *scratch,
                          const struct ck_conv *conv, int block, int last_block, int d, int first, int last);

// The same for narrow grids with short rows, as ck_conv_forward_gathered: positions `first` to before `last` of all
// samples', at most CK_GATHER of them.
size_t ck_half_gather_scratch(const struct ck_conv *conv);
void ck_half_forward_gathered(float *y, const float *init, const float *x, const ck_pair *packed, ck_pair *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last);
void ck_half_adjoint_gathered(float *x, const float *init, const float *y, const ck_pair *turned, ck_pair *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last);

// Gradient of the weights, in fp32 and their fp32 layout, of one block of C and the `blocks` of K from `narrow_block`
// on, over the narrow rows `first` to before `last` of all samples' N·D·H rows. The products are summed over pairs of
// positions. dw is the whole array; its tiles are overwritten, or added to when `accumulate` is set.
size_t ck_half_gradient_scratch(const struct ck_conv *conv, int blocks);
void ck_half_weight_gradient(float *dw, const float *dy, const float *x, ck_pair *scratch, const struct ck_conv *conv,
                             size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks, int first,
                             int last, int accumulate);

// Rounds as the calls above do. The naive convolutions of ck_blocked_conv.h on rounded numbers are their reference.
void ck_half_round_naive(float *rounded, const float *x, size_t n);

#endif
