// Gradients of weights in bf16. The products are summed over pairs of positions, so both tensors are rounded to pairs
// of neighbours: [positions/2][16][2]. A tap reads its pairs from the position it leads to, which may be the second of
// a pair, so the wide tensor's rows are paired from more than one start.
#include <assert.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "conv_geometry.h"
#include "include/CKernels.h"

enum {
    // Rows shorter than this are joined: their ends would fill too many pairs.
    HALF_SHORT_ROW = 8,
    // Of one batch of rows, and the most of them: a tap's stay in the first-level cache, and few rows are those around
    // a batch, which its neighbours pair again.
    HALF_BATCH_POSITIONS = 512,
    HALF_BATCH_ROWS = 64,
    // Of one batch where rows are joined.
    HALF_JOINED_POSITIONS = 128,
    HALF_MOST_COPIES = 3
};

struct half_pairs {
    ptrdiff_t x, y;
};

// How rows of the wide tensor are paired: `copies` times, from the column `start` on, each pair's positions a stride
// apart. All are in pairs of numbers, 16 to a pair of positions.
struct half_pairing {
    int pairs; // of positions in a narrow row
    int copies;
    int start[HALF_MOST_COPIES], length[HALF_MOST_COPIES], offset[HALF_MOST_COPIES];
    int of_tap[3]; // where in a paired row a tap finds its first pair
    int row;
};

static struct half_pairing half_pairing(const struct ck_conv *conv) {
    const int pairs = (conv->narrow.W + 1) / 2, odd = pairs + (conv->stride == 1);
    struct half_pairing p = {.pairs = pairs,
                             .copies = conv->kernel == 1   ? 1
                                       : conv->stride == 1 ? 2
                                                           : 3,
                             .start = {0, -1, 1},
                             .length = {pairs, odd, pairs}};
    for (int copy = 0; copy < p.copies; copy++) {
        p.offset[copy] = p.row;
        p.row += p.length[copy] * CK_LANES;
    }
    p.of_tap[0] = p.offset[1];
    p.of_tap[1] = p.offset[0];
    // With stride 1 the pairs right of a position are those left of it, one further.
    p.of_tap[2] = conv->stride == 1 ? p.offset[1] + CK_LANES : p.offset[2];
    return p;
}

static int half_batch_rows(const struct ck_conv *conv) {
    const int rows = HALF_BATCH_POSITIONS / conv->narrow.W;
    return rows < 1 ? 1 : rows > HALF_BATCH_ROWS ? HALF_BATCH_ROWS : rows;
}

// What the rows of a batch that lie in one slice read of the wide tensor.
struct half_box {
    int slices;
    ptrdiff_t plane, volume; // in pairs
};

static struct half_box half_box(const struct ck_conv *conv, const struct half_pairing *pairing) {
    const int rows = half_batch_rows(conv), most = rows < conv->narrow.H ? rows : conv->narrow.H;
    const int reach = conv->kernel / 2;
    struct half_box box = {.slices = conv->dims == 3 ? 1 + 2 * reach : 1};
    box.plane = (ptrdiff_t)((most - 1) * conv->stride + 1 + 2 * reach) * pairing->row;
    box.volume = box.slices * box.plane;
    return box;
}

size_t ck_half_gradient_scratch(const struct ck_conv *conv, int blocks) {
    if (conv->narrow.W < HALF_SHORT_ROW) return (size_t)(blocks + 1) * (HALF_JOINED_POSITIONS / 2) * CK_LANES;
    const struct half_pairing pairing = half_pairing(conv);
    const int rows = half_batch_rows(conv), boxes = (rows - 1 + conv->narrow.H - 1) / conv->narrow.H + 1;
    return boxes * half_box(conv, &pairing).volume + (size_t)2 * rows * pairing.pairs * CK_LANES;
}

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma"))),             \
                             apply_to = function)
#endif
#include "half_vector.h"

// A tile of weight gradients, CHANNELS of C × BLOCKS·16 of K, stays in registers while the positions of some rows
// stream past.
CK_INLINE void half_gradient_tile(float *dw, ptrdiff_t dw_block, const ck_pair *dy, ptrdiff_t dy_block,
                                  const ck_pair *x, const struct half_pairs *rows, int row_count, int pairs,
                                  int accumulate, const int channels, const int blocks) {
    v16 sum[16][2];
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) sum[c][b] = accumulate ? CK_LOAD(dw + b * dw_block + c * CK_LANES) : (v16)0;
    }
    for (int r = 0; r < row_count; r++) {
        const ck_pair *value = x + rows[r].x, *gradient = dy + rows[r].y;
        for (int p = 0; p < pairs; p++, value += CK_LANES, gradient += CK_LANES) {
            p16 by[2];
#pragma unroll
            for (int b = 0; b < blocks; b++) by[b] = ck_half_load(gradient + b * dy_block);
#pragma unroll
            for (int c = 0; c < channels; c++) {
                const p16 factor = value[c];
#pragma unroll
                for (int b = 0; b < blocks; b++) sum[c][b] = ck_half_dot(sum[c][b], by[b], factor);
            }
        }
    }
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) CK_STORE(dw + b * dw_block + c * CK_LANES, sum[c][b]);
    }
}

static void half_gradient(float *dw, ptrdiff_t dw_block, const ck_pair *dy, ptrdiff_t dy_block, const ck_pair *x,
                          const struct half_pairs *rows, int row_count, int pairs, int accumulate, int blocks) {
    if (blocks == 1) {
        half_gradient_tile(dw, dw_block, dy, dy_block, x, rows, row_count, pairs, accumulate, 16, 1);
        return;
    }
    for (int c = 0; c < CK_LANES; c += 8)
        half_gradient_tile(dw + c * CK_LANES, dw_block, dy, dy_block, x + c, rows, row_count, pairs, accumulate, 8, 2);
}

// Pairs of `count` positions, `step` floats apart; what is missing of the last pair is zero.
static void half_pair_row(ck_pair *to, const float *from, int count, int step) {
    int i = 0;
    for (; i + 2 <= count; i += 2, from += 2 * step, to += CK_LANES)
        ck_half_store(to, ck_half_interleave(CK_LOAD(from), CK_LOAD(from + step)));
    if (i < count) ck_half_store(to, ck_half_interleave(CK_LOAD(from), (v16)0));
}

// What the rows read of the wide tensor, all copies of it: first the rows, then their slices.
static void half_pair_box(ck_pair *to, const float *x, const struct ck_conv *conv, const struct half_pairing *pairing,
                          const struct half_box *box, int d, int first, int rows) {
    const int reach = conv->kernel / 2, stride = conv->stride, last = (rows - 1) * stride + 1 + 2 * reach;
    for (int slice = 0; slice < box->slices; slice++) {
        const float *plane = x + ((ptrdiff_t)(conv->dims == 3 ? d * stride - reach + slice : 0) * conv->wide.plane +
                                  (ptrdiff_t)(first * stride - reach) * conv->wide.row) *
                                     CK_LANES;
        for (int h = 0; h < last; h++) {
            ck_pair *row = to + slice * box->plane + (ptrdiff_t)h * pairing->row;
            for (int copy = 0; copy < pairing->copies; copy++) {
                // The halo's column is the last that there is.
                const int start = pairing->start[copy], there = (conv->wide.W - start) / stride + 1;
                const int count = 2 * pairing->length[copy];
                half_pair_row(row + pairing->offset[copy], plane + ((ptrdiff_t)h * conv->wide.row + start) * CK_LANES,
                              count < there ? count : there, stride * CK_LANES);
            }
        }
    }
}

static void half_gradient_rows(float *dw, const float *dy, const float *x, ck_pair *scratch, const struct ck_conv *conv,
                               size_t x_sample, size_t y_sample, int blocks, int first, int last, int accumulate) {
    struct half_pairs rows[HALF_BATCH_ROWS];
    const struct half_pairing pairing = half_pairing(conv);
    const struct half_box box = half_box(conv, &pairing);
    const int H = conv->narrow.H, batch = half_batch_rows(conv), boxes = (batch - 1 + H - 1) / H + 1;
    const int reach = conv->kernel / 2, deep = conv->dims == 3 ? reach : 0, width = conv->narrow.W;
    const ptrdiff_t dw_block = (ptrdiff_t)conv->wide_blocks * ck_conv_taps(conv) * CK_TILE_FLOATS;
    const ptrdiff_t y_row = (ptrdiff_t)pairing.pairs * CK_LANES;
    ck_pair *paired = scratch + boxes * box.volume;
    for (int start = first; start < last; start += batch) {
        const int count = last - start < batch ? last - start : batch;
        ck_pair *to = scratch;
        for (int r = 0, next; r < count; r = next, to += box.volume) {
            const struct ck_place p = ck_place(&conv->narrow, (start + r) * width);
            next = r + (H - p.h < count - r ? H - p.h : count - r);
            half_pair_box(to, x + p.sample * x_sample, conv, &pairing, &box, p.d, p.h, next - r);
            for (int i = r; i < next; i++)
                rows[i] =
                    (struct half_pairs){to - scratch + (ptrdiff_t)(i - r) * conv->stride * pairing.row, i * y_row};
        }
        for (int b = 0; b < blocks; b += 2) {
            const int pair = blocks - b > 1 ? 2 : 1;
            for (int each = 0; each < pair; each++) {
                for (int r = 0; r < count; r++) {
                    const struct ck_place p = ck_place(&conv->narrow, (start + r) * width);
                    half_pair_row(paired + (each * batch + r) * y_row,
                                  dy + p.sample * y_sample + (ptrdiff_t)(b + each) * conv->narrow.volume * CK_LANES +
                                      ck_narrow_position(conv, p),
                                  width, CK_LANES);
                }
            }
            float *tile = dw + b * dw_block;
            for (int td = 0; td <= 2 * deep; td++) {
                for (int th = 0; th <= 2 * reach; th++) {
                    for (int tw = 0; tw <= 2 * reach; tw++, tile += CK_TILE_FLOATS)
                        half_gradient(tile, dw_block, paired, batch * y_row,
                                      scratch + td * box.plane + (ptrdiff_t)th * pairing.row +
                                          pairing.of_tap[reach ? tw : 1],
                                      rows, count, pairing.pairs, accumulate || start > first, pair);
                }
            }
        }
    }
}

// Pairs of `count` positions at the places `from`.
static void half_pair_places(ck_pair *to, const float *x, const ptrdiff_t *from, int count) {
    int i = 0;
    for (; i + 2 <= count; i += 2, to += CK_LANES)
        ck_half_store(to, ck_half_interleave(CK_LOAD(x + from[i]), CK_LOAD(x + from[i + 1])));
    if (i < count) ck_half_store(to, ck_half_interleave(CK_LOAD(x + from[i]), (v16)0));
}

// The positions of all rows as one run, paired anew for each tap.
static void half_gradient_joined(float *dw, const float *dy, const float *x, ck_pair *scratch,
                                 const struct ck_conv *conv, size_t x_sample, size_t y_sample, int blocks, int first,
                                 int last, int accumulate) {
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[HALF_JOINED_POSITIONS], at[HALF_JOINED_POSITIONS];
    const struct half_pairs run = {0, 0};
    const int tap_count = ck_conv_taps(conv);
    const ptrdiff_t dw_block = (ptrdiff_t)conv->wide_blocks * tap_count * CK_TILE_FLOATS;
    const ptrdiff_t y_block = HALF_JOINED_POSITIONS / 2 * CK_LANES;
    ck_pair *paired = scratch + y_block;
    ck_taps_forward(taps, conv, &conv->wide, CK_LANES, CK_TILE_FLOATS);
    for (int start = first; start < last; start += HALF_JOINED_POSITIONS) {
        const int count = last - start < HALF_JOINED_POSITIONS ? last - start : HALF_JOINED_POSITIONS;
        for (int i = 0; i < count; i++) {
            const struct ck_place p = ck_place(&conv->narrow, start + i);
            from[i] = (ptrdiff_t)p.sample * x_sample + ck_wide_position(conv, p, (struct ck_phase){0, 0, 0});
            at[i] = (ptrdiff_t)p.sample * y_sample + ck_narrow_position(conv, p);
        }
        for (int b = 0; b < blocks; b++)
            half_pair_places(paired + b * y_block, dy + (ptrdiff_t)b * conv->narrow.volume * CK_LANES, at, count);
        for (int t = 0; t < tap_count; t++) {
            half_pair_places(scratch, x + taps[t].x, from, count);
            for (int b = 0; b < blocks; b += 2)
                half_gradient(dw + b * dw_block + taps[t].w, dw_block, paired + b * y_block, y_block, scratch, &run, 1,
                              (count + 1) / 2, accumulate || start > first, blocks - b > 1 ? 2 : 1);
        }
    }
}

void ck_half_weight_gradient(float *dw, const float *dy, const float *x, ck_pair *scratch, const struct ck_conv *conv,
                             size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks, int first,
                             int last, int accumulate) {
    const ptrdiff_t tile = (ptrdiff_t)ck_conv_taps(conv) * CK_TILE_FLOATS;
    float *tiles = dw + ((ptrdiff_t)narrow_block * conv->wide_blocks + wide_block) * tile;
    const float *from = x + (ptrdiff_t)wide_block * conv->wide.volume * CK_LANES;
    const float *to = dy + (ptrdiff_t)narrow_block * conv->narrow.volume * CK_LANES;
    const int width = conv->narrow.W;
    if (width < HALF_SHORT_ROW)
        half_gradient_joined(tiles, to, from, scratch, conv, x_sample, y_sample, blocks, first * width, last * width,
                             accumulate);
    else
        half_gradient_rows(tiles, to, from, scratch, conv, x_sample, y_sample, blocks, first, last, accumulate);
}

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
