#include <assert.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "conv_geometry.h"
#include "include/CKernels.h"

int ck_half_available(void) {
#if defined(__x86_64__)
    return ck_best_isa() == CK_AVX512 && __builtin_cpu_supports("avx512bf16");
#else
    return 0;
#endif
}

size_t ck_half_weights(const struct ck_conv *conv) { return ck_conv_weights(conv) / 2; }

// A box of one sample's positions that a call reads, rounded: [blocks][slices][rows][columns][8 pairs].
struct half_slab {
    int slices, rows, columns;
    // Its first position in the slice, row and column of the grid.
    int d, h, w;
};

// What the forward pass reads for some rows of a slice of the narrow grid.
static struct half_slab half_slab_forward(const struct ck_conv *conv, int d, int first, int last) {
    const int stride = conv->stride, reach = conv->kernel / 2, deep = conv->dims == 3 ? reach : 0;
    return (struct half_slab){
        .slices = 1 + 2 * deep,
        .rows = (last - 1 - first) * stride + 1 + 2 * reach,
        .columns = (conv->narrow.W - 1) * stride + 1 + 2 * reach,
        .d = d * (conv->dims == 3 ? stride : 1) - deep,
        .h = first * stride - reach,
        .w = -reach,
    };
}

// What the adjoint reads. With stride 2 nothing lies before a position.
static struct half_slab half_slab_adjoint(const struct ck_conv *conv, int d, int first, int last) {
    const int after = conv->kernel / 2, before = conv->stride == 1 ? after : 0, deep = conv->dims == 3;
    return (struct half_slab){
        .slices = 1 + deep * (before + after),
        .rows = last - first + before + after,
        .columns = conv->narrow.W + before + after,
        .d = d - deep * before,
        .h = first - before,
        .w = -before,
    };
}

size_t ck_half_rows_scratch(const struct ck_conv *conv, int rows) {
    const struct half_slab f = half_slab_forward(conv, 0, 0, rows), a = half_slab_adjoint(conv, 0, 0, rows);
    const size_t forward = (size_t)conv->wide_blocks * f.slices * f.rows * f.columns;
    const size_t adjoint = (size_t)conv->narrow_blocks * a.slices * a.rows * a.columns;
    return (forward > adjoint ? forward : adjoint) * (CK_LANES / 2);
}

size_t ck_half_gather_scratch(const struct ck_conv *conv) { return ck_conv_gather_scratch(conv) / 2; }

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))),             \
                             apply_to = function)
#endif
#include "half_conv_tiles.h"

void ck_half_pack_weights(ck_pair *packed, const float *w, const struct ck_conv *conv, int first, int last) {
    const int taps = ck_conv_taps(conv);
    for (int k = 0; k < conv->narrow_blocks; k++) {
        for (ptrdiff_t tile = ((ptrdiff_t)k * conv->wide_blocks + first) * taps,
                       end = ((ptrdiff_t)k * conv->wide_blocks + last) * taps;
             tile < end; tile++) {
            const float *from = w + tile * CK_TILE_FLOATS;
            ck_pair *to = packed + tile * CK_HALF_TILE;
            for (int c = 0; c < CK_HALF_PAIRS; c++, from += 2 * CK_LANES, to += CK_LANES)
                ck_half_store(to, ck_half_interleave(CK_LOAD(from), CK_LOAD(from + CK_LANES)));
        }
    }
}

void ck_half_turn_weights(ck_pair *turned, const float *w, const struct ck_conv *conv, int first, int last) {
    const int taps = ck_conv_taps(conv);
    for (int c = first; c < last; c++) {
        for (int k = 0; k < conv->narrow_blocks; k++) {
            for (int t = 0; t < taps; t++) {
                const float *from = w + (((ptrdiff_t)k * conv->wide_blocks + c) * taps + t) * CK_TILE_FLOATS;
                ck_pair *to = turned + (((ptrdiff_t)c * conv->narrow_blocks + k) * taps + t) * CK_HALF_TILE;
                for (int i = 0; i < CK_LANES; i++) {
                    const v16 row = CK_LOAD(from + i * CK_LANES);
                    const p8 pairs = ck_half_round(row, row).lo;
#pragma unroll
                    for (int j = 0; j < CK_HALF_PAIRS; j++) to[j * CK_LANES + i] = pairs[j];
                }
            }
        }
    }
}

// Rounds `count` positions that lie one after the other.
static void half_round_row(ck_pair *to, const float *from, int count) {
    int i = 0;
    for (; i + 2 <= count; i += 2, from += 2 * CK_LANES, to += CK_LANES)
        ck_half_store(to, ck_half_round(CK_LOAD(from), CK_LOAD(from + CK_LANES)));
    if (i < count) ck_half_store_one(to, CK_LOAD(from));
}

static void half_fill(ck_pair *scratch, const float *x, const struct ck_grid *grid, const struct half_slab *slab,
                      int blocks) {
    for (int b = 0; b < blocks; b++) {
        for (int d = slab->d; d < slab->d + slab->slices; d++) {
            for (int h = slab->h; h < slab->h + slab->rows; h++, scratch += slab->columns * CK_HALF_PAIRS)
                half_round_row(scratch,
                               x + ((ptrdiff_t)b * grid->volume + (ptrdiff_t)d * grid->plane +
                                    (ptrdiff_t)h * grid->row + slab->w) *
                                       CK_LANES,
                               slab->columns);
        }
    }
}

// The slab as a grid, of which no more than the distances is read.
static struct ck_grid half_grid(const struct half_slab *slab) {
    const int plane = slab->rows * slab->columns;
    return (struct ck_grid){.row = slab->columns, .plane = plane, .volume = slab->slices * plane};
}

void ck_half_forward_rows(float *y, const float *init, const float *x, const ck_pair *packed, ck_pair *scratch,
                          const struct ck_conv *conv, int block, int last_block, int d, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    int offsets[HALF_ONE];
    const int tap_count = ck_conv_taps(conv), stride = conv->stride;
    const struct half_slab slab = half_slab_forward(conv, d, first, last);
    const struct ck_grid grid = half_grid(&slab);
    half_fill(scratch, x, &conv->wide, &slab, conv->wide_blocks);
    ck_taps_forward(taps, conv, &grid, CK_HALF_PAIRS, CK_HALF_TILE);
    const struct half_tile s = {
        .taps = taps,
        .tap_count = tap_count,
        .in_blocks = conv->wide_blocks,
        .x_block = (ptrdiff_t)grid.volume * CK_HALF_PAIRS,
        .w_block = (ptrdiff_t)tap_count * CK_HALF_TILE,
        .w_out = (ptrdiff_t)conv->wide_blocks * tap_count * CK_HALF_TILE,
        .y_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int i = 0; i < HALF_ONE; i++) offsets[i] = i * CK_LANES;
    const int deep = conv->dims == 3 ? conv->kernel / 2 : 0;
    const ck_pair *origin =
        scratch + ((ptrdiff_t)deep * grid.plane + (conv->kernel / 2) * (grid.row + 1)) * CK_HALF_PAIRS;
    for (int b = block; b < last_block; b += 2) {
        for (int h = first; h < last; h++) {
            const ptrdiff_t out =
                b * s.y_block + ((ptrdiff_t)d * conv->narrow.plane + (ptrdiff_t)h * conv->narrow.row) * CK_LANES;
            half_row(y + out, init ? init + out : NULL,
                     origin + (ptrdiff_t)(h - first) * stride * grid.row * CK_HALF_PAIRS, packed + b * s.w_out, &s,
                     conv->narrow.W, last_block - b > 1 ? 2 : 1, stride * CK_HALF_PAIRS, CK_LANES);
        }
    }
}

void ck_half_adjoint_rows(float *x, const float *init, const float *y, const ck_pair *turned, ck_pair *scratch,
                          const struct ck_conv *conv, int block, int last_block, int d, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    int offsets[HALF_ONE];
    const int tap_count = ck_conv_taps(conv), stride = conv->stride;
    const struct half_slab slab = half_slab_adjoint(conv, d, first, last);
    const struct ck_grid grid = half_grid(&slab);
    half_fill(scratch, y, &conv->narrow, &slab, conv->narrow_blocks);
    struct half_tile s = {
        .taps = taps,
        .in_blocks = conv->narrow_blocks,
        .x_block = (ptrdiff_t)grid.volume * CK_HALF_PAIRS,
        .w_block = (ptrdiff_t)tap_count * CK_HALF_TILE,
        .w_out = (ptrdiff_t)conv->narrow_blocks * tap_count * CK_HALF_TILE,
        .y_block = (ptrdiff_t)conv->wide.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int i = 0; i < HALF_ONE; i++) offsets[i] = i * stride * CK_LANES;
    const ck_pair *origin =
        scratch + ((ptrdiff_t)(d - slab.d) * grid.plane + (first - slab.h) * grid.row - slab.w) * CK_HALF_PAIRS;
    const int phases = ck_phases(conv);
    for (int b = block; b < last_block; b += 2) {
        for (int phase = 0; phase < phases; phase++) {
            const struct ck_phase p = ck_phase(conv, phase);
            s.tap_count = ck_taps_adjoint(taps, conv, p, &grid, CK_HALF_PAIRS, CK_HALF_TILE);
            for (int h = first; h < last; h++) {
                const struct ck_place place = {.d = d, .h = h};
                const ptrdiff_t out = b * s.y_block + ck_wide_position(conv, place, p);
                half_row(x + out, init ? init + out : NULL, origin + (ptrdiff_t)(h - first) * grid.row * CK_HALF_PAIRS,
                         turned + b * s.w_out, &s, conv->narrow.W, last_block - b > 1 ? 2 : 1, CK_HALF_PAIRS,
                         stride * CK_LANES);
            }
        }
    }
}

// Rounds what each position of the tile reads, side by side, then runs the tile over it.
static void half_gathered(float *out, const float *init, const float *in, const ck_pair *w, ck_pair *scratch,
                          struct half_tile s, const ptrdiff_t *from, int count, int block, int last_block) {
    struct ck_tap packed[CK_MOST_TAPS];
    ck_pair *to = scratch;
    for (int b = 0; b < s.in_blocks; b++) {
        for (int t = 0; t < s.tap_count; t++) {
            const float *read = in + b * s.x_block + s.taps[t].x;
            int i = 0;
            for (; i + 2 <= count; i += 2, to += 2 * CK_HALF_PAIRS)
                ck_half_store(to, ck_half_round(CK_LOAD(read + from[i]), CK_LOAD(read + from[i + 1])));
            if (i < count) {
                ck_half_store_one(to, CK_LOAD(read + from[i]));
                to += CK_HALF_PAIRS;
            }
        }
    }
    for (int t = 0; t < s.tap_count; t++) packed[t] = (struct ck_tap){.x = t * count * CK_HALF_PAIRS, .w = s.taps[t].w};
    s.taps = packed;
    s.x_block = (ptrdiff_t)s.tap_count * count * CK_HALF_PAIRS;
    for (int b = block; b < last_block; b += 2) {
        const ptrdiff_t at = b * s.y_block;
        half_pick(count, last_block - b > 1 ? 2 : 1, CK_HALF_PAIRS)(out + at, init ? init + at : NULL, scratch,
                                                                    w + b * s.w_out, &s);
    }
}

void ck_half_forward_gathered(float *y, const float *init, const float *x, const ck_pair *packed, ck_pair *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last) {
    assert(last - first <= CK_GATHER);
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[CK_GATHER];
    int offsets[CK_GATHER], starts[CK_GATHER];
    const int tap_count = ck_conv_taps(conv);
    ck_taps_forward(taps, conv, &conv->wide, CK_LANES, CK_HALF_TILE);
    const struct half_tile s = {
        .taps = taps,
        .tap_count = tap_count,
        .in_blocks = conv->wide_blocks,
        .x_block = (ptrdiff_t)conv->wide.volume * CK_LANES,
        .w_block = (ptrdiff_t)tap_count * CK_HALF_TILE,
        .w_out = (ptrdiff_t)conv->wide_blocks * tap_count * CK_HALF_TILE,
        .y_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = starts,
    };
    for (int i = first; i < last; i++) {
        const struct ck_place p = ck_place(&conv->narrow, i);
        from[i - first] = (ptrdiff_t)p.sample * x_sample + ck_wide_position(conv, p, (struct ck_phase){0, 0, 0});
        const ptrdiff_t at = ck_narrow_position(conv, p);
        offsets[i - first] = (int)(p.sample * y_sample + at);
        starts[i - first] = (int)(p.sample * init_sample + at);
    }
    half_gathered(y, init, x, packed, scratch, s, from, last - first, block, last_block);
}

void ck_half_adjoint_gathered(float *x, const float *init, const float *y, const ck_pair *turned, ck_pair *scratch,
                              const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                              int block, int last_block, int first, int last) {
    assert(last - first <= CK_GATHER);
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[CK_GATHER];
    int offsets[CK_GATHER], starts[CK_GATHER];
    const int tap_count = ck_conv_taps(conv), phases = ck_phases(conv);
    for (int phase = 0; phase < phases; phase++) {
        const struct ck_phase shift = ck_phase(conv, phase);
        const struct half_tile s = {
            .taps = taps,
            .tap_count = ck_taps_adjoint(taps, conv, shift, &conv->narrow, CK_LANES, CK_HALF_TILE),
            .in_blocks = conv->narrow_blocks,
            .x_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
            .w_block = (ptrdiff_t)tap_count * CK_HALF_TILE,
            .w_out = (ptrdiff_t)conv->narrow_blocks * tap_count * CK_HALF_TILE,
            .y_block = (ptrdiff_t)conv->wide.volume * CK_LANES,
            .y_offset = offsets,
            .init_offset = starts,
        };
        for (int i = first; i < last; i++) {
            const struct ck_place p = ck_place(&conv->narrow, i);
            from[i - first] = (ptrdiff_t)p.sample * y_sample + ck_narrow_position(conv, p);
            const ptrdiff_t at = ck_wide_position(conv, p, shift);
            offsets[i - first] = (int)(p.sample * x_sample + at);
            starts[i - first] = (int)(p.sample * init_sample + at);
        }
        half_gathered(x, init, y, turned, scratch, s, from, last - first, block, last_block);
    }
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
