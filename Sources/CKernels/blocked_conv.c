#include <assert.h>

#include "CKernels.h"
#include "conv_geometry.h"

int ck_conv_taps(const struct ck_conv *conv) { return conv->kernel == 1 ? 1 : conv->dims == 3 ? 27 : 9; }

size_t ck_conv_weights(const struct ck_conv *conv) {
    return (size_t)conv->wide_blocks * conv->narrow_blocks * ck_conv_taps(conv) * CK_TILE_FLOATS;
}

size_t ck_conv_gather_scratch(const struct ck_conv *conv) {
    const int blocks = conv->wide_blocks > conv->narrow_blocks ? conv->wide_blocks : conv->narrow_blocks;
    return (size_t)blocks * ck_conv_taps(conv) * CK_GATHER * CK_LANES;
}

#define CK_BODY "blocked_conv_body.h"
#include "ck_each_isa.h"

void ck_conv_forward_rows(float *y, const float *init, const float *x, const float *w, const struct ck_conv *conv,
                          int block, int blocks, int d, int first, int last, enum ck_isa isa) {
    assert(blocks == 1 || blocks == 2);
    CK_DISPATCH(isa, ck_conv_forward_rows, y, init, x, w, conv, block, blocks, d, first, last, 0);
}

void ck_conv_planar_rows(float *y, const float *init, const float *x, const float *w, const struct ck_conv *conv,
                         int block, int blocks, int d, int first, int last, enum ck_isa isa) {
    assert((blocks == 1 || blocks == 2) && conv->stride == 2 && conv->kernel == 3);
    CK_DISPATCH(isa, ck_conv_forward_rows, y, init, x, w, conv, block, blocks, d, first, last, 1);
}

void ck_conv_adjoint_rows(float *x, const float *init, const float *y, const float *turned, const struct ck_conv *conv,
                          int block, int blocks, int d, int first, int last, enum ck_isa isa) {
    assert(blocks == 1 || blocks == 2);
    CK_DISPATCH(isa, ck_conv_adjoint_rows, x, init, y, turned, conv, block, blocks, d, first, last);
}

void ck_conv_forward_gathered(float *y, const float *init, const float *x, const float *w, float *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last, enum ck_isa isa) {
    assert(last - first <= CK_GATHER);
    CK_DISPATCH(isa, ck_conv_forward_gathered, y, init, x, w, scratch, conv, x_sample, y_sample, init_sample, block,
                last_block, first, last);
}

void ck_conv_adjoint_gathered(float *x, const float *init, const float *y, const float *turned, float *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last, enum ck_isa isa) {
    assert(last - first <= CK_GATHER);
    CK_DISPATCH(isa, ck_conv_adjoint_gathered, x, init, y, turned, scratch, conv, x_sample, y_sample, init_sample,
                block, last_block, first, last);
}

void ck_conv_weight_gradient(float *dw, const float *dy, const float *x, const struct ck_conv *conv, size_t x_sample,
                             size_t y_sample, int wide_block, int narrow_block, int blocks, int first, int last,
                             int accumulate, enum ck_isa isa) {
    assert(blocks == 1 || blocks == 2);
    CK_DISPATCH(isa, ck_conv_weight_gradient, dw, dy, x, conv, x_sample, y_sample, wide_block, narrow_block, blocks,
                first, last, accumulate);
}

void ck_conv_turn_weights(float *turned, const float *w, const struct ck_conv *conv, int first, int last,
                          enum ck_isa isa) {
    CK_DISPATCH(isa, ck_conv_turn_weights, turned, w, conv, first, last);
}

void ck_add(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] += x[i];
}
