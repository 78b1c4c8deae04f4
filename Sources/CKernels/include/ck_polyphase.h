#ifndef PLATEAU_CK_POLYPHASE_H
#define PLATEAU_CK_POLYPHASE_H

#include "ck_blocked_conv.h"

// Convolutions with kernel 3 and stride 2 between blocked tensors by minimal filtering of the input's two phases
// (Winograd 1980, F(2,2); Vaidyanathan 1993, §4.3, polyphase decomposition): 25 products where the definition takes 36
// for each 2×2 tile of the narrow tensor, 125 for 216 in three dimensions. Transforms only add. Every side of the
// narrow grid is even, the wide one's are twice as long.
//
// Tiles are counted through a sample's D/2·H/2·W/2 of the narrow grid, or H/2·W/2, and on through the samples.
int ck_polyphase_fits(const struct ck_conv *conv);
int ck_polyphase_tiles(const struct ck_conv *conv);
// Tiles that one call may take.
enum { CK_POLYPHASE_TILES = 28 };

// Transformed weights of all blocks: [K blocks][4^dims][C blocks][16 of C][16 of K]. Transforms those of one block of
// K; for the adjoint pass the turned weights of one block of C, with `adjoint`.
size_t ck_polyphase_weights(const struct ck_conv *conv);
void ck_polyphase_transform(float *u, const float *w, const struct ck_conv *conv, int adjoint, enum ck_isa isa);

// y = conv(x), or conv(x) + init, for the output's blocks `block` to before `last_block`, whose transformed weights are
// u, and tiles `first` to before `last`. With `adjoint` x is the narrow tensor and y the wide one. Strides are floats
// from one sample to the next; init may be y.
size_t ck_polyphase_scratch(const struct ck_conv *conv);
void ck_polyphase_forward(float *y, const float *init, const float *x, const float *u, float *scratch,
                          const struct ck_conv *conv, int adjoint, size_t x_sample, size_t y_sample, size_t init_sample,
                          int block, int last_block, int first, int last, enum ck_isa isa);

// As ck_conv_weight_gradient, over tiles instead of rows; up to CK_POLYPHASE_BLOCKS blocks of K.
enum { CK_POLYPHASE_BLOCKS = 4 };
size_t ck_polyphase_gradient_scratch(const struct ck_conv *conv);
void ck_polyphase_weight_gradient(float *dw, const float *dy, const float *x, float *scratch,
                                  const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                  int narrow_block, int blocks, int first, int last, enum ck_isa isa);

#endif
