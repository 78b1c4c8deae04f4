#include "tile_body.h"

// Transforms are one-dimensional and applied to every dimension in turn; f counts frequencies, the products of one are
// a matrix product over channels.

// The plane at x: 16 frequencies, row by row.
CK_INLINE void CK_NAME(input_plane)(v16 *out, const float *x, ptrdiff_t row) {
    v16 lines[4][4];
#pragma unroll
    for (int h = 0; h < 4; h++) {
        const v16 a = CK_LOAD(x + h * row), b = CK_LOAD(x + h * row + CK_LANES);
        const v16 c = CK_LOAD(x + h * row + 2 * CK_LANES), d = CK_LOAD(x + h * row + 3 * CK_LANES);
        lines[h][0] = a - c;
        lines[h][1] = b + c;
        lines[h][2] = c - b;
        lines[h][3] = b - d;
    }
#pragma unroll
    for (int w = 0; w < 4; w++) {
        out[w] = lines[0][w] - lines[2][w];
        out[4 + w] = lines[1][w] + lines[2][w];
        out[8 + w] = lines[2][w] - lines[1][w];
        out[12 + w] = lines[1][w] - lines[3][w];
    }
}

// One tile of one block; frequency f goes to v + f·step.
CK_INLINE void CK_NAME(input_tile)(float *v, ptrdiff_t step, const float *x, ptrdiff_t row, ptrdiff_t plane,
                                   const int dims) {
    v16 planes[4][16];
    if (dims == 2) {
        CK_NAME(input_plane)(planes[0], x, row);
#pragma unroll
        for (int f = 0; f < 16; f++) CK_STORE(v + f * step, planes[0][f]);
        return;
    }
    for (int d = 0; d < 4; d++) CK_NAME(input_plane)(planes[d], x + d * plane, row);
    for (int f = 0; f < 16; f++) {
        CK_STORE(v + f * step, planes[0][f] - planes[2][f]);
        CK_STORE(v + (16 + f) * step, planes[1][f] + planes[2][f]);
        CK_STORE(v + (32 + f) * step, planes[2][f] - planes[1][f]);
        CK_STORE(v + (48 + f) * step, planes[1][f] - planes[3][f]);
    }
}

// From 16 frequencies to a plane of 2×2.
CK_INLINE void CK_NAME(output_plane)(float *y, const float *init, ptrdiff_t row, const v16 *m) {
    v16 lines[2][4];
#pragma unroll
    for (int w = 0; w < 4; w++) {
        lines[0][w] = m[w] + m[4 + w] + m[8 + w];
        lines[1][w] = m[4 + w] - m[8 + w] - m[12 + w];
    }
#pragma unroll
    for (int h = 0; h < 2; h++) {
        v16 left = lines[h][0] + lines[h][1] + lines[h][2], right = lines[h][1] - lines[h][2] - lines[h][3];
        if (init) {
            left += CK_LOAD(init + h * row);
            right += CK_LOAD(init + h * row + CK_LANES);
        }
        CK_STORE(y + h * row, left);
        CK_STORE(y + h * row + CK_LANES, right);
    }
}

CK_INLINE void CK_NAME(output_tile)(float *y, const float *init, ptrdiff_t row, ptrdiff_t plane, const float *m,
                                    ptrdiff_t step, const int dims) {
    v16 planes[2][16];
    if (dims == 2) {
#pragma unroll
        for (int f = 0; f < 16; f++) planes[0][f] = CK_LOAD(m + f * step);
        CK_NAME(output_plane)(y, init, row, planes[0]);
        return;
    }
    for (int f = 0; f < 16; f++) {
        const v16 a = CK_LOAD(m + f * step), b = CK_LOAD(m + (16 + f) * step);
        const v16 c = CK_LOAD(m + (32 + f) * step), d = CK_LOAD(m + (48 + f) * step);
        planes[0][f] = a + b + c;
        planes[1][f] = b - c - d;
    }
    CK_NAME(output_plane)(y, init, row, planes[0]);
    CK_NAME(output_plane)(y + plane, init ? init + plane : NULL, row, planes[1]);
}

// The transposed transform of the output, 2 → 4 a dimension, for the weights' gradient.
CK_INLINE void CK_NAME(gradient_plane)(v16 *out, const float *dy, ptrdiff_t row) {
    v16 lines[2][4];
#pragma unroll
    for (int h = 0; h < 2; h++) {
        const v16 a = CK_LOAD(dy + h * row), b = CK_LOAD(dy + h * row + CK_LANES);
        lines[h][0] = a;
        lines[h][1] = a + b;
        lines[h][2] = a - b;
        lines[h][3] = -b;
    }
#pragma unroll
    for (int w = 0; w < 4; w++) {
        out[w] = lines[0][w];
        out[4 + w] = lines[0][w] + lines[1][w];
        out[8 + w] = lines[0][w] - lines[1][w];
        out[12 + w] = -lines[1][w];
    }
}

CK_INLINE void CK_NAME(gradient_input)(float *v, ptrdiff_t step, const float *dy, ptrdiff_t row, ptrdiff_t plane,
                                       const int dims) {
    v16 planes[2][16];
    CK_NAME(gradient_plane)(planes[0], dy, row);
    if (dims == 2) {
#pragma unroll
        for (int f = 0; f < 16; f++) CK_STORE(v + f * step, planes[0][f]);
        return;
    }
    CK_NAME(gradient_plane)(planes[1], dy + plane, row);
    for (int f = 0; f < 16; f++) {
        CK_STORE(v + f * step, planes[0][f]);
        CK_STORE(v + (16 + f) * step, planes[0][f] + planes[1][f]);
        CK_STORE(v + (32 + f) * step, planes[0][f] - planes[1][f]);
        CK_STORE(v + (48 + f) * step, -planes[1][f]);
    }
}

// Of three weights, four; spread by `apart`.
CK_INLINE void CK_NAME(weight_line)(v16 *to, int apart, v16 a, v16 b, v16 c) {
    const v16 ends = (a + c) * 0.5f, middle = b * 0.5f;
    to[0] = a;
    to[apart] = ends + middle;
    to[2 * apart] = ends - middle;
    to[3 * apart] = c;
}

// And back, for their gradient: four to three.
CK_INLINE void CK_NAME(weight_back)(v16 *to, int apart, v16 a, v16 b, v16 c, v16 d) {
    const v16 sum = (b + c) * 0.5f, difference = (b - c) * 0.5f;
    to[0] = a + sum;
    to[apart] = difference;
    to[2 * apart] = sum + d;
}

CK_INLINE void CK_NAME(weight_plane)(v16 *out, const v16 *taps) {
    v16 lines[3][4];
    for (int h = 0; h < 3; h++) CK_NAME(weight_line)(lines[h], 1, taps[3 * h], taps[3 * h + 1], taps[3 * h + 2]);
    for (int w = 0; w < 4; w++) CK_NAME(weight_line)(out + w, 4, lines[0][w], lines[1][w], lines[2][w]);
}

void CK_NAME(ck_winograd_transform)(float *u, const float *w, const struct ck_conv *conv, int flipped) {
    const int taps = ck_conv_taps(conv), planes = taps / 9, frequencies = ck_frequencies(conv);
    const int in_blocks = flipped ? conv->narrow_blocks : conv->wide_blocks;
    const ptrdiff_t step = (ptrdiff_t)in_blocks * CK_TILE_FLOATS;
    for (int block = 0; block < in_blocks; block++, u += CK_TILE_FLOATS, w += taps * CK_TILE_FLOATS) {
        for (int c = 0; c < CK_LANES; c++) {
            v16 tap[27], flat[3][16], all[64];
            for (int t = 0; t < taps; t++)
                tap[t] = CK_LOAD(w + (flipped ? taps - 1 - t : t) * CK_TILE_FLOATS + c * CK_LANES);
            for (int d = 0; d < planes; d++) CK_NAME(weight_plane)(planes == 1 ? all : flat[d], tap + 9 * d);
            if (planes == 3) {
                for (int f = 0; f < 16; f++) {
                    CK_NAME(weight_line)(all + f, 16, flat[0][f], flat[1][f], flat[2][f]);
                }
            }
            for (int f = 0; f < frequencies; f++) CK_STORE(u + f * step + c * CK_LANES, all[f]);
        }
    }
}

CK_INLINE void CK_NAME(winograd_forward)(float *y, const float *init, const float *x, const float *u, float *scratch,
                                         const struct ck_conv *conv, int flipped, size_t x_sample, size_t y_sample,
                                         size_t init_sample, int block_first, int block_last, int first, int last,
                                         const int dims) {
    const struct ck_grid *grid = &conv->narrow;
    const int count = last - first, frequencies = dims == 3 ? 64 : 16;
    const int in_blocks = flipped ? conv->narrow_blocks : conv->wide_blocks;
    const ptrdiff_t row = (ptrdiff_t)grid->row * CK_LANES, plane = (ptrdiff_t)grid->plane * CK_LANES;
    const ptrdiff_t block = (ptrdiff_t)grid->volume * CK_LANES;
    // The patch of a tile begins one position before it in each dimension.
    const ptrdiff_t corner = row + CK_LANES + (dims == 3 ? plane : 0);
    ptrdiff_t at[CK_WINOGRAD_TILES];
    int sample[CK_WINOGRAD_TILES], offsets[CK_MOST_WIDTH];
    for (int i = 0; i < count; i++) at[i] = ck_tile_place(grid, dims, 2, first + i, &sample[i]);
    for (int i = 0; i < CK_MOST_WIDTH; i++) offsets[i] = i * CK_LANES;
    // Of v [f][in block][tile][16] and of m [f][2][tile][16].
    const ptrdiff_t v_block = (ptrdiff_t)count * CK_LANES, v_step = in_blocks * v_block, m_step = 2 * v_block;
    float *v = scratch, *m = scratch + frequencies * v_step;
    for (int b = 0; b < in_blocks; b++) {
        for (int i = 0; i < count; i++) {
            CK_NAME(input_tile)
            (v + b * v_block + i * CK_LANES, v_step, x + sample[i] * x_sample + b * block + at[i] - corner, row, plane,
             dims);
        }
    }
    struct ck_tap tap = {0, 0};
    struct CK_NAME(tile) s = {
        .taps = &tap,
        .tap_count = 1,
        .in_blocks = in_blocks,
        .x_block = v_block,
        .w_block = CK_TILE_FLOATS,
        .w_out = (ptrdiff_t)frequencies * in_blocks * CK_TILE_FLOATS,
        .y_block = v_block,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int k = block_first; k < block_last; k += 2) {
        const int blocks = block_last - k > 1 ? 2 : 1;
        for (int f = 0; f < frequencies; f++) {
            CK_NAME(row)
            (m + f * m_step, NULL, v + f * v_step,
             u + (k - block_first) * s.w_out + (ptrdiff_t)f * in_blocks * CK_TILE_FLOATS, &s, count, blocks, CK_LANES,
             CK_LANES);
        }
        for (int b = 0; b < blocks; b++) {
            for (int i = 0; i < count; i++) {
                const ptrdiff_t to = (k + b) * block + at[i];
                CK_NAME(output_tile)
                (y + sample[i] * y_sample + to, init ? init + sample[i] * init_sample + to : NULL, row, plane,
                 m + b * v_block + i * CK_LANES, m_step, dims);
            }
        }
    }
}

void CK_NAME(ck_winograd_forward)(float *y, const float *init, const float *x, const float *u, float *scratch,
                                  const struct ck_conv *conv, int flipped, size_t x_sample, size_t y_sample,
                                  size_t init_sample, int block, int last_block, int first, int last) {
    if (conv->dims == 3) {
        CK_NAME(winograd_forward)
        (y, init, x, u, scratch, conv, flipped, x_sample, y_sample, init_sample, block, last_block, first, last, 3);
    } else {
        CK_NAME(winograd_forward)
        (y, init, x, u, scratch, conv, flipped, x_sample, y_sample, init_sample, block, last_block, first, last, 2);
    }
}

CK_INLINE void CK_NAME(winograd_gradient)(float *dw, const float *dy, const float *x, float *scratch,
                                          const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                          int narrow_block, int blocks, int first, int last, const int dims) {
    const struct ck_grid *grid = &conv->narrow;
    const int frequencies = dims == 3 ? 64 : 16, taps = dims == 3 ? 27 : 9;
    const ptrdiff_t row = (ptrdiff_t)grid->row * CK_LANES, plane = (ptrdiff_t)grid->plane * CK_LANES;
    const ptrdiff_t block = (ptrdiff_t)grid->volume * CK_LANES;
    const ptrdiff_t corner = row + CK_LANES + (dims == 3 ? plane : 0);
    const ptrdiff_t v_step = CK_WINOGRAD_TILES * CK_LANES, g_step = 2 * v_step;
    // du is [2][f][16 of C][16 of K], v [f][tile][16], g [f][2][tile][16].
    const ptrdiff_t du_block = (ptrdiff_t)frequencies * CK_TILE_FLOATS;
    float *du = scratch, *v = du + 2 * du_block, *g = v + frequencies * v_step;
    const struct ck_row whole = {0, 0};
    for (int start = first; start < last; start += CK_WINOGRAD_TILES) {
        const int count = last - start < CK_WINOGRAD_TILES ? last - start : CK_WINOGRAD_TILES;
        for (int i = 0; i < count; i++) {
            int sample;
            const ptrdiff_t at = ck_tile_place(grid, dims, 2, start + i, &sample);
            CK_NAME(input_tile)
            (v + i * CK_LANES, v_step, x + sample * x_sample + wide_block * block + at - corner, row, plane, dims);
            for (int b = 0; b < blocks; b++) {
                CK_NAME(gradient_input)
                (g + b * v_step + i * CK_LANES, g_step, dy + sample * y_sample + (narrow_block + b) * block + at, row,
                 plane, dims);
            }
        }
        for (int f = 0; f < frequencies; f++) {
            float *to = du + f * CK_TILE_FLOATS;
            if (blocks == 2) {
                for (int c = 0; c < CK_LANES; c += CK_NAME(flat)) {
                    CK_NAME(gradient_tile)
                    (to + c * CK_LANES, du_block, g + f * g_step, v_step, v + f * v_step + c, &whole, 1, count,
                     CK_LANES, start > first, CK_NAME(flat), 2);
                }
            } else {
                for (int c = 0; c < CK_LANES; c += CK_NAME(tall)) {
                    CK_NAME(gradient_tile)
                    (to + c * CK_LANES, du_block, g + f * g_step, v_step, v + f * v_step + c, &whole, 1, count,
                     CK_LANES, start > first, CK_NAME(tall), 1);
                }
            }
        }
    }
    for (int b = 0; b < blocks; b++) {
        float *to = dw + ((ptrdiff_t)(narrow_block + b) * conv->wide_blocks + wide_block) * taps * CK_TILE_FLOATS;
        for (int c = 0; c < CK_LANES; c++) {
            v16 all[64], flat[3][16], tap[27];
            for (int f = 0; f < frequencies; f++)
                all[f] = CK_LOAD(du + b * du_block + f * CK_TILE_FLOATS + c * CK_LANES);
            if (dims == 3) {
                for (int f = 0; f < 16; f++) {
                    CK_NAME(weight_back)(&flat[0][f], 16, all[f], all[16 + f], all[32 + f], all[48 + f]);
                }
            }
            for (int d = 0; d < taps / 9; d++) {
                const v16 *m = dims == 3 ? flat[d] : all;
                v16 lines[3][4];
                for (int w = 0; w < 4; w++) CK_NAME(weight_back)(&lines[0][w], 4, m[w], m[4 + w], m[8 + w], m[12 + w]);
                for (int h = 0; h < 3; h++) {
                    CK_NAME(weight_back)(tap + 9 * d + 3 * h, 1, lines[h][0], lines[h][1], lines[h][2], lines[h][3]);
                }
            }
            for (int t = 0; t < taps; t++) CK_STORE(to + t * CK_TILE_FLOATS + c * CK_LANES, tap[t]);
        }
    }
}

void CK_NAME(ck_winograd_weight_gradient)(float *dw, const float *dy, const float *x, float *scratch,
                                          const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                          int narrow_block, int blocks, int first, int last) {
    if (conv->dims == 3) {
        CK_NAME(winograd_gradient)
        (dw, dy, x, scratch, conv, x_sample, y_sample, wide_block, narrow_block, blocks, first, last, 3);
    } else {
        CK_NAME(winograd_gradient)
        (dw, dy, x, scratch, conv, x_sample, y_sample, wide_block, narrow_block, blocks, first, last, 2);
    }
}
