#include "tile_body.h"

// Lines are transformed in place, `apart` vectors from one element to the next, and every dimension in turn. Legend:
// t tile of positions, p part, s sum, b block.

// Of the 5 inputs from o[p−1] on, the 5 parts.
CK_INLINE void CK_NAME(part_line)(v16 *x, int apart) {
    x[0] -= x[2 * apart];
    x[4 * apart] -= x[2 * apart];
}

// Of 3 inputs A, B, C the 4 parts of the adjoint; there is room for them.
CK_INLINE void CK_NAME(adjoint_part_line)(v16 *x, int apart) {
    const v16 a = x[0], b = x[apart], c = x[2 * apart];
    x[2 * apart] = a - b;
    x[3 * apart] = c - b;
}

// Of 3 sums the 2 outputs, at 0 and 1.
CK_INLINE void CK_NAME(output_line)(v16 *x, int apart) {
    x[0] += x[apart];
    x[apart] += x[2 * apart];
}

// Of 5 sums the 4 outputs of the adjoint.
CK_INLINE void CK_NAME(adjoint_output_line)(v16 *x, int apart) {
    x[apart] += x[4 * apart];
    x[3 * apart] += x[4 * apart];
}

// Of the 2 gradients of the outputs those of the 3 sums.
CK_INLINE void CK_NAME(gradient_line)(v16 *x, int apart) {
    x[2 * apart] = x[apart];
    x[apart] += x[0];
}

// Of 3 weights, 4.
CK_INLINE void CK_NAME(weight_line)(v16 *x, int apart) { x[3 * apart] = x[0] + x[2 * apart]; }

// And back, for their gradient: 4 to 3.
CK_INLINE void CK_NAME(weight_back)(v16 *x, int apart) {
    x[0] += x[3 * apart];
    x[2 * apart] += x[3 * apart];
}

// A plane's lines, `from` elements a dimension becoming `to`; the plane is addressed by the larger, `side`.
#define CK_PLANE(LINE, all, from, to, side)                                                                            \
    do {                                                                                                               \
        _Pragma("unroll") for (int h_ = 0; h_ < (from); h_++) CK_NAME(LINE)((all) + h_ * (side), 1);                   \
        _Pragma("unroll") for (int w_ = 0; w_ < (to); w_++) CK_NAME(LINE)((all) + w_, side);                           \
    } while (0)

// The parts of one tile of one block, part p at v + p·step. Its patch begins at x.
CK_INLINE void CK_NAME(input_tile)(float *v, ptrdiff_t step, const float *x, ptrdiff_t row, ptrdiff_t plane,
                                   const int adjoint, const int dims) {
    const int read = adjoint ? 3 : 5, parts = adjoint ? 4 : 5, flat = parts * parts;
    v16 all[125];
    for (int d = 0; d < (dims == 3 ? read : 1); d++) {
        v16 one[25];
#pragma unroll
        for (int i = 0; i < read * read; i++)
            one[i / read * parts + i % read] = CK_LOAD(x + d * plane + i / read * row + i % read * CK_LANES);
        if (adjoint)
            CK_PLANE(adjoint_part_line, one, 3, 4, 4);
        else
            CK_PLANE(part_line, one, 5, 5, 5);
#pragma unroll
        for (int i = 0; i < flat; i++) {
            if (dims == 3)
                all[d * flat + i] = one[i];
            else
                CK_STORE(v + i * step, one[i]);
        }
    }
    if (dims == 2) return;
    for (int i = 0; i < flat; i++) {
        if (adjoint) {
            CK_NAME(adjoint_part_line)(all + i, flat);
        } else {
            CK_NAME(part_line)(all + i, flat);
        }
#pragma unroll
        for (int d = 0; d < parts; d++) CK_STORE(v + (d * flat + i) * step, all[d * flat + i]);
    }
}

// The outputs of one tile of one block of the sums, s at m + s·step.
CK_INLINE void CK_NAME(output_tile)(float *y, const float *init, ptrdiff_t row, ptrdiff_t plane, const float *m,
                                    ptrdiff_t step, const int adjoint, const int dims) {
    const int sums = adjoint ? 5 : 3, written = adjoint ? 4 : 2, flat = sums * sums;
    v16 all[125];
    for (int i = 0; i < (dims == 3 ? flat : 0); i++) {
#pragma unroll
        for (int d = 0; d < sums; d++) all[d * flat + i] = CK_LOAD(m + (d * flat + i) * step);
        if (adjoint) {
            CK_NAME(adjoint_output_line)(all + i, flat);
        } else {
            CK_NAME(output_line)(all + i, flat);
        }
    }
    for (int d = 0; d < (dims == 3 ? written : 1); d++) {
        v16 one[25];
#pragma unroll
        for (int i = 0; i < flat; i++) one[i] = dims == 3 ? all[d * flat + i] : CK_LOAD(m + i * step);
        if (adjoint)
            CK_PLANE(adjoint_output_line, one, 5, 4, 5);
        else
            CK_PLANE(output_line, one, 3, 2, 3);
#pragma unroll
        for (int i = 0; i < written * written; i++) {
            const ptrdiff_t at = d * plane + i / written * row + i % written * CK_LANES;
            v16 value = one[i / written * sums + i % written];
            if (init) value += CK_LOAD(init + at);
            CK_STORE(y + at, value);
        }
    }
}

// The gradients of the sums of one tile of one block, s at g + s·step.
CK_INLINE void CK_NAME(gradient_input)(float *g, ptrdiff_t step, const float *dy, ptrdiff_t row, ptrdiff_t plane,
                                       const int dims) {
    v16 all[27];
#pragma unroll
    for (int d = 0; d < (dims == 3 ? 2 : 1); d++) {
#pragma unroll
        for (int i = 0; i < 4; i++)
            all[9 * d + i / 2 * 3 + i % 2] = CK_LOAD(dy + d * plane + i / 2 * row + i % 2 * CK_LANES);
        CK_PLANE(gradient_line, all + 9 * d, 2, 3, 3);
    }
#pragma unroll
    for (int i = 0; i < 9; i++) {
        if (dims == 3) CK_NAME(gradient_line)(all + i, 9);
#pragma unroll
        for (int d = 0; d < (dims == 3 ? 3 : 1); d++) CK_STORE(g + (9 * d + i) * step, all[9 * d + i]);
    }
}

// Where tap t of 3^dims is among 4^dims weights.
CK_INLINE int CK_NAME(tap_place)(int t) { return (t / 9 * 4 + t / 3 % 3) * 4 + t % 3; }

CK_INLINE void CK_NAME(weight_tile)(float *u, ptrdiff_t step, const float *w, const int dims) {
    for (int c = 0; c < CK_LANES; c++, u += CK_LANES, w += CK_LANES) {
        v16 all[64];
        for (int t = 0; t < (dims == 3 ? 27 : 9); t++) all[CK_NAME(tap_place)(t)] = CK_LOAD(w + t * CK_TILE_FLOATS);
        for (int d = 0; d < (dims == 3 ? 3 : 1); d++) CK_PLANE(weight_line, all + 16 * d, 3, 4, 4);
        for (int i = 0; i < (dims == 3 ? 16 : 0); i++) CK_NAME(weight_line)(all + i, 16);
        for (int i = 0; i < (dims == 3 ? 64 : 16); i++) CK_STORE(u + i * step, all[i]);
    }
}

void CK_NAME(ck_polyphase_transform)(float *u, const float *w, const struct ck_conv *conv, int adjoint) {
    const int taps = ck_conv_taps(conv), in_blocks = adjoint ? conv->narrow_blocks : conv->wide_blocks;
    const ptrdiff_t step = (ptrdiff_t)in_blocks * CK_TILE_FLOATS;
    for (int block = 0; block < in_blocks; block++, u += CK_TILE_FLOATS, w += taps * CK_TILE_FLOATS) {
        if (conv->dims == 3) {
            CK_NAME(weight_tile)(u, step, w, 3);
        } else {
            CK_NAME(weight_tile)(u, step, w, 2);
        }
    }
}

CK_INLINE void CK_NAME(polyphase_forward)(float *y, const float *init, const float *x, const float *u, float *scratch,
                                          const struct ck_conv *conv, size_t x_sample, size_t y_sample,
                                          size_t init_sample, int block_first, int block_last, int first, int last,
                                          const int adjoint, const int dims) {
    const struct ck_grid *in = adjoint ? &conv->narrow : &conv->wide, *out = adjoint ? &conv->wide : &conv->narrow;
    const int count = last - first, in_blocks = adjoint ? conv->narrow_blocks : conv->wide_blocks;
    const int parts_a_side = adjoint ? CK_ADJOINT_PARTS : CK_PARTS, sums_a_side = adjoint ? CK_ADJOINT_SUMS : CK_SUMS;
    const int parts = ck_power(parts_a_side, dims), sums = ck_power(sums_a_side, dims);
    const ptrdiff_t row = (ptrdiff_t)in->row * CK_LANES, plane = (ptrdiff_t)in->plane * CK_LANES;
    const ptrdiff_t in_block = (ptrdiff_t)in->volume * CK_LANES, out_block = (ptrdiff_t)out->volume * CK_LANES;
    // Wide patches begin one position before the tile's in each dimension, narrow ones with it.
    const ptrdiff_t corner = adjoint ? 0 : row + CK_LANES + (dims == 3 ? plane : 0);
    // Of v [part][in block][tile][16], and of m [sum][2][tile][16]. A part is longer by a vector, or many blocks' parts
    // would share few lines of the cache.
    const ptrdiff_t v_block = (ptrdiff_t)count * CK_LANES, v_step = in_blocks * v_block + CK_LANES,
                    m_step = 2 * v_block;
    float *v = scratch, *m = scratch + parts * v_step;
    ptrdiff_t from[CK_POLYPHASE_TILES], to[CK_POLYPHASE_TILES];
    int sample[CK_POLYPHASE_TILES], offsets[CK_MOST_WIDTH];
    for (int i = 0; i < count; i++) {
        from[i] = ck_tile_place(in, dims, adjoint ? 2 : 4, first + i, &sample[i]) - corner;
        to[i] = ck_tile_place(out, dims, adjoint ? 4 : 2, first + i, &sample[i]);
    }
    for (int i = 0; i < CK_MOST_WIDTH; i++) offsets[i] = i * CK_LANES;
    for (int b = 0; b < in_blocks; b++) {
        for (int i = 0; i < count; i++) {
            CK_NAME(input_tile)
            (v + b * v_block + i * CK_LANES, v_step, x + sample[i] * x_sample + b * in_block + from[i], row, plane,
             adjoint, dims);
        }
    }
    struct ck_tap taps[CK_MOST_PRODUCTS];
    struct CK_NAME(tile) s = {
        .taps = taps,
        .in_blocks = in_blocks,
        .x_block = v_block,
        .w_block = CK_TILE_FLOATS,
        .w_out = (ptrdiff_t)ck_power(CK_WEIGHTS, dims) * in_blocks * CK_TILE_FLOATS,
        .y_block = v_block,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int k = block_first; k < block_last; k += 2) {
        const int blocks = block_last - k > 1 ? 2 : 1;
        for (int sum = 0; sum < sums; sum++) {
            struct ck_row products[CK_MOST_PRODUCTS];
            s.tap_count = ck_multiply(products, adjoint ? ck_of_adjoint_sum : ck_of_sum, sum, dims, sums_a_side,
                                      parts_a_side, CK_WEIGHTS);
            for (int i = 0; i < s.tap_count; i++) {
                taps[i].x = (int)(products[i].x * v_step);
                taps[i].w = (int)products[i].y * in_blocks * CK_TILE_FLOATS;
            }
            CK_NAME(row)
            (m + sum * m_step, NULL, v, u + (k - block_first) * s.w_out, &s, count, blocks, CK_LANES, CK_LANES);
        }
        for (int b = 0; b < blocks; b++) {
            for (int i = 0; i < count; i++) {
                const ptrdiff_t at = (k + b) * out_block + to[i];
                CK_NAME(output_tile)
                (y + sample[i] * y_sample + at, init ? init + sample[i] * init_sample + at : NULL,
                 (ptrdiff_t)out->row * CK_LANES, (ptrdiff_t)out->plane * CK_LANES, m + b * v_block + i * CK_LANES,
                 m_step, adjoint, dims);
            }
        }
    }
}

void CK_NAME(ck_polyphase_forward)(float *y, const float *init, const float *x, const float *u, float *scratch,
                                   const struct ck_conv *conv, int adjoint, size_t x_sample, size_t y_sample,
                                   size_t init_sample, int block, int last_block, int first, int last) {
#define CK_CALL(ADJOINT, DIMS)                                                                                         \
    CK_NAME(polyphase_forward)                                                                                         \
    (y, init, x, u, scratch, conv, x_sample, y_sample, init_sample, block, last_block, first, last, ADJOINT, DIMS)
    if (conv->dims == 3 && adjoint)
        CK_CALL(1, 3);
    else if (conv->dims == 3)
        CK_CALL(0, 3);
    else if (adjoint)
        CK_CALL(1, 2);
    else
        CK_CALL(0, 2);
#undef CK_CALL
}

CK_INLINE void CK_NAME(polyphase_gradient)(float *dw, const float *dy, const float *x, float *scratch,
                                           const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                           int narrow_block, int blocks, int first, int last, const int dims) {
    const struct ck_grid *wide = &conv->wide, *narrow = &conv->narrow;
    const int taps = dims == 3 ? 27 : 9, weights = ck_power(CK_WEIGHTS, dims);
    const ptrdiff_t row = (ptrdiff_t)wide->row * CK_LANES, plane = (ptrdiff_t)wide->plane * CK_LANES;
    const ptrdiff_t corner = row + CK_LANES + (dims == 3 ? plane : 0);
    // du is [block][weight][16 of C][16 of K], v [part][tile][16], g [block][sum][tile][16].
    const ptrdiff_t v_step = CK_POLYPHASE_TILES * CK_LANES, g_block = ck_power(CK_SUMS, dims) * v_step;
    const ptrdiff_t du_block = (ptrdiff_t)weights * CK_TILE_FLOATS;
    float *du = scratch, *v = du + blocks * du_block, *g = v + ck_power(CK_PARTS, dims) * v_step;
    for (int start = first; start < last; start += CK_POLYPHASE_TILES) {
        const int count = last - start < CK_POLYPHASE_TILES ? last - start : CK_POLYPHASE_TILES;
        for (int i = 0; i < count; i++) {
            int sample;
            const ptrdiff_t from = ck_tile_place(wide, dims, 4, start + i, &sample) - corner;
            const ptrdiff_t at = ck_tile_place(narrow, dims, 2, start + i, &sample);
            CK_NAME(input_tile)
            (v + i * CK_LANES, v_step, x + sample * x_sample + (ptrdiff_t)wide_block * wide->volume * CK_LANES + from,
             row, plane, 0, dims);
            for (int b = 0; b < blocks; b++) {
                CK_NAME(gradient_input)
                (g + b * g_block + i * CK_LANES, v_step,
                 dy + sample * y_sample + (ptrdiff_t)(narrow_block + b) * narrow->volume * CK_LANES + at,
                 (ptrdiff_t)narrow->row * CK_LANES, (ptrdiff_t)narrow->plane * CK_LANES, dims);
            }
        }
        for (int weight = 0; weight < weights; weight++) {
            struct ck_row products[CK_MOST_PRODUCTS];
            const int rows = ck_multiply(products, ck_of_weight, weight, dims, CK_WEIGHTS, CK_PARTS, CK_SUMS);
            for (int i = 0; i < rows; i++) products[i].x *= v_step, products[i].y *= v_step;
            for (int b = 0; b < blocks; b += 2) {
                float *to = du + b * du_block + weight * CK_TILE_FLOATS;
                if (blocks - b > 1) {
                    for (int c = 0; c < CK_LANES; c += CK_NAME(flat)) {
                        CK_NAME(gradient_tile)
                        (to + c * CK_LANES, du_block, g + b * g_block, g_block, v + c, products, rows, count, CK_LANES,
                         start > first, CK_NAME(flat), 2);
                    }
                } else {
                    for (int c = 0; c < CK_LANES; c += CK_NAME(tall)) {
                        CK_NAME(gradient_tile)
                        (to + c * CK_LANES, du_block, g + b * g_block, g_block, v + c, products, rows, count, CK_LANES,
                         start > first, CK_NAME(tall), 1);
                    }
                }
            }
        }
    }
    for (int b = 0; b < blocks; b++) {
        float *to = dw + ((ptrdiff_t)(narrow_block + b) * conv->wide_blocks + wide_block) * taps * CK_TILE_FLOATS;
        for (int c = 0; c < CK_TILE_FLOATS; c += CK_LANES) {
            v16 all[64];
            for (int i = 0; i < weights; i++) all[i] = CK_LOAD(du + b * du_block + i * CK_TILE_FLOATS + c);
            for (int i = 0; i < (dims == 3 ? 16 : 0); i++) CK_NAME(weight_back)(all + i, 16);
            for (int d = 0; d < (dims == 3 ? 3 : 1); d++) CK_PLANE(weight_back, all + 16 * d, 4, 3, 4);
            for (int t = 0; t < taps; t++) CK_STORE(to + t * CK_TILE_FLOATS + c, all[CK_NAME(tap_place)(t)]);
        }
    }
}

void CK_NAME(ck_polyphase_weight_gradient)(float *dw, const float *dy, const float *x, float *scratch,
                                           const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                           int narrow_block, int blocks, int first, int last) {
    if (conv->dims == 3) {
        CK_NAME(polyphase_gradient)
        (dw, dy, x, scratch, conv, x_sample, y_sample, wide_block, narrow_block, blocks, first, last, 3);
    } else {
        CK_NAME(polyphase_gradient)
        (dw, dy, x, scratch, conv, x_sample, y_sample, wide_block, narrow_block, blocks, first, last, 2);
    }
}

#undef CK_PLANE
