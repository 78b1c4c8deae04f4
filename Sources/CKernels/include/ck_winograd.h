#ifndef PLATEAU_CK_WINOGRAD_H
#define PLATEAU_CK_WINOGRAD_H

#include "ck_blocked_conv.h"

// Convolutions with kernel 3 and stride 1 between blocked tensors by Winograd's minimal filtering F(2,3) in each
// dimension (Lavin & Gray 2016): 16 products where the definition takes 36 for each 2×2 tile of the output, 64 for 216
// in three dimensions. Every side of the grid is even. The adjoint is the same with its own weights, narrow and wide
// swapped.
//
// Tiles are counted through a sample's D/2·H/2·W/2, or H/2·W/2, and on through the samples.
int ck_winograd_fits(const struct ck_conv *conv);
int ck_winograd_tiles(const struct ck_conv *conv);
// Tiles that one call may take.
enum { CK_WINOGRAD_TILES = 28 };

// Transformed weights of all blocks: [K blocks][frequencies][C blocks][16 of C][16 of K]. Transforms those of one block
// of K; for the adjoint pass the turned weights of one block of C, with `flipped`.
size_t ck_winograd_weights(const struct ck_conv *conv);
void ck_winograd_transform(float *u, const float *w, const struct ck_conv *conv, int flipped, enum ck_isa isa);

// y = conv(x), or conv(x) + init, for the output's blocks `block` to before `last_block`, whose transformed weights are
// u, and tiles `first` to before `last`. With `flipped` x has the narrow tensor's channels and y the wide one's.
// Strides are floats from one sample to the next; init may be y.
size_t ck_winograd_scratch(const struct ck_conv *conv);
void ck_winograd_forward(float *y, const float *init, const float *x, const float *u, float *scratch,
                         const struct ck_conv *conv, int flipped, size_t x_sample, size_t y_sample, size_t init_sample,
                         int block, int last_block, int first, int last, enum ck_isa isa);

// As ck_conv_weight_gradient, over tiles instead of rows.
size_t ck_winograd_gradient_scratch(const struct ck_conv *conv);
void ck_winograd_weight_gradient(float *dw, const float *dy, const float *x, float *scratch, const struct ck_conv *conv,
                                 size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks,
                                 int first, int last, enum ck_isa isa);

#endif
