#include <assert.h>

#include "CKernels.h"
#include "ck_tile.h"

// A position of the narrow grid.
struct ck_place {
    int sample, d, h, w;
};

// Which of the wide positions that belong to one narrow position: 0 or 1 a dimension.
struct ck_phase {
    int d, h, w;
};

int ck_conv_taps(const struct ck_conv *conv) {
    return conv->kernel == 1 ? 1 : conv->dims == 3 ? 27 : 9;
}

size_t ck_conv_weights(const struct ck_conv *conv) {
    return (size_t)conv->wide_blocks * conv->narrow_blocks * ck_conv_taps(conv) * CK_TILE_FLOATS;
}

size_t ck_conv_gather_scratch(const struct ck_conv *conv) {
    const int blocks = conv->wide_blocks > conv->narrow_blocks ? conv->wide_blocks : conv->narrow_blocks;
    return (size_t)blocks * ck_conv_taps(conv) * CK_GATHER * CK_LANES;
}

static void ck_taps_forward(struct ck_tap *taps, const struct ck_conv *conv, int lanes) {
    if (conv->kernel == 1) {
        taps[0] = (struct ck_tap){0, 0};
        return;
    }
    int t = 0;
    for (int d = conv->dims == 3 ? -1 : 0; d <= (conv->dims == 3 ? 1 : 0); d++) {
        for (int h = -1; h <= 1; h++) {
            for (int w = -1; w <= 1; w++, t++) {
                taps[t].x = (d * conv->wide.plane + h * conv->wide.row + w) * lanes;
                taps[t].w = t * lanes * CK_LANES;
            }
        }
    }
}

static int ck_phases(const struct ck_conv *conv) {
    return conv->stride == 1 ? 1 : conv->dims == 3 ? 8 : 4;
}

static struct ck_phase ck_phase(const struct ck_conv *conv, int index) {
    if (conv->stride == 1) return (struct ck_phase){0, 0, 0};
    return (struct ck_phase){index >> 2, index >> 1 & 1, index & 1};
}

// In one dimension, wide position stride·p + phase is read by narrow position p + shift through tap t: those t in 0…2
// for which stride·(p + shift) + t − 1 = stride·p + phase.
static int ck_reaches(int t, int stride, int phase, int *shift) {
    const int apart = phase + 1 - t;
    if (apart % stride) return 0;
    *shift = apart / stride;
    return 1;
}

// The taps that lead to a phase, and how many they are.
static int ck_taps_adjoint(struct ck_tap *taps, const struct ck_conv *conv, struct ck_phase phase) {
    if (conv->kernel == 1) {
        taps[0] = (struct ck_tap){0, 0};
        return 1;
    }
    int count = 0, t = 0;
    for (int td = conv->dims == 3 ? 0 : 1; td <= (conv->dims == 3 ? 2 : 1); td++) {
        for (int th = 0; th < 3; th++) {
            for (int tw = 0; tw < 3; tw++, t++) {
                int d, h, w;
                if (!ck_reaches(td, conv->dims == 3 ? conv->stride : 1, phase.d, &d) ||
                    !ck_reaches(th, conv->stride, phase.h, &h) || !ck_reaches(tw, conv->stride, phase.w, &w))
                    continue;
                taps[count].x = (d * conv->narrow.plane + h * conv->narrow.row + w) * CK_LANES;
                taps[count++].w = t * CK_TILE_FLOATS;
            }
        }
    }
    return count;
}

static struct ck_place ck_place(const struct ck_grid *grid, int index) {
    struct ck_place p;
    p.w = index % grid->W, index /= grid->W;
    p.h = index % grid->H, index /= grid->H;
    p.d = index % grid->D, p.sample = index / grid->D;
    return p;
}

static ptrdiff_t ck_narrow_position(const struct ck_conv *conv, struct ck_place p) {
    return ((ptrdiff_t)p.d * conv->narrow.plane + (ptrdiff_t)p.h * conv->narrow.row + p.w) * CK_LANES;
}

static ptrdiff_t ck_wide_position(const struct ck_conv *conv, struct ck_place p, struct ck_phase phase) {
    const int s = conv->stride, deep = conv->dims == 3 ? s : 1;
    return ((ptrdiff_t)(p.d * deep + phase.d) * conv->wide.plane + (ptrdiff_t)(p.h * s + phase.h) * conv->wide.row +
            p.w * s + phase.w) *
           CK_LANES;
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
                              int block, int last_block,
                              int first, int last, enum ck_isa isa) {
    assert(last - first <= CK_GATHER);
    CK_DISPATCH(isa, ck_conv_forward_gathered, y, init, x, w, scratch, conv, x_sample, y_sample, init_sample, block, last_block,
                first, last);
}

void ck_conv_adjoint_gathered(float *x, const float *init, const float *y, const float *turned, float *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block,
                              int first, int last, enum ck_isa isa) {
    assert(last - first <= CK_GATHER);
    CK_DISPATCH(isa, ck_conv_adjoint_gathered, x, init, y, turned, scratch, conv, x_sample, y_sample, init_sample, block, last_block,
                first, last);
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
