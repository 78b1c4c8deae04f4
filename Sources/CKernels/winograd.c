#include <assert.h>

#include "CKernels.h"
#include "ck_tile.h"

static int ck_frequencies(const struct ck_conv *conv) { return conv->dims == 3 ? 64 : 16; }

int ck_winograd_fits(const struct ck_conv *conv) {
    const struct ck_grid *grid = &conv->narrow;
    return conv->kernel == 3 && conv->stride == 1 && grid->H % 2 == 0 && grid->W % 2 == 0 &&
           (conv->dims == 2 || grid->D % 2 == 0);
}

int ck_winograd_tiles(const struct ck_conv *conv) {
    const struct ck_grid *grid = &conv->narrow;
    return (conv->dims == 3 ? grid->D / 2 : 1) * (grid->H / 2) * (grid->W / 2);
}

size_t ck_winograd_weights(const struct ck_conv *conv) {
    return (size_t)conv->wide_blocks * conv->narrow_blocks * ck_frequencies(conv) * CK_TILE_FLOATS;
}

size_t ck_winograd_scratch(const struct ck_conv *conv) {
    const int blocks = conv->wide_blocks > conv->narrow_blocks ? conv->wide_blocks : conv->narrow_blocks;
    return (size_t)ck_frequencies(conv) * CK_WINOGRAD_TILES * CK_LANES * (blocks + 2);
}

size_t ck_winograd_gradient_scratch(const struct ck_conv *conv) {
    return (size_t)ck_frequencies(conv) * (2 * CK_TILE_FLOATS + 3 * CK_WINOGRAD_TILES * CK_LANES);
}

#define CK_BODY "winograd_body.h"
#include "ck_each_isa.h"

void ck_winograd_transform(float *u, const float *w, const struct ck_conv *conv, int flipped, enum ck_isa isa) {
    CK_DISPATCH(isa, ck_winograd_transform, u, w, conv, flipped);
}

void ck_winograd_forward(float *y, const float *init, const float *x, const float *u, float *scratch,
                         const struct ck_conv *conv, int flipped, size_t x_sample, size_t y_sample, size_t init_sample,
                         int block, int last_block, int first, int last, enum ck_isa isa) {
    assert(ck_winograd_fits(conv) && last - first <= CK_WINOGRAD_TILES);
    CK_DISPATCH(isa, ck_winograd_forward, y, init, x, u, scratch, conv, flipped, x_sample, y_sample, init_sample, block,
                last_block, first, last);
}

void ck_winograd_weight_gradient(float *dw, const float *dy, const float *x, float *scratch, const struct ck_conv *conv,
                                 size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks,
                                 int first, int last, enum ck_isa isa) {
    assert(ck_winograd_fits(conv) && (blocks == 1 || blocks == 2));
    CK_DISPATCH(isa, ck_winograd_weight_gradient, dw, dy, x, scratch, conv, x_sample, y_sample, wide_block,
                narrow_block, blocks, first, last);
}
