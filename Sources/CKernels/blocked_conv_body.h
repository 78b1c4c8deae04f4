#include "tile_body.h"

// The passes of a convolution. Legend: t tap, d, h, p slice, row, position of the narrow grid.

void CK_NAME(ck_conv_forward_rows)(float *y, const float *init, const float *x, const float *w,
                                   const struct ck_conv *conv, int block, int blocks, int d, int first, int last,
                                   int planar) {
    struct ck_tap taps[CK_MOST_TAPS];
    int offsets[CK_MOST_WIDTH];
    const int lanes = planar ? 1 : CK_LANES;
    const int tap_count = ck_conv_taps(conv);
    ck_taps_forward(taps, conv, &conv->wide, lanes, lanes * CK_LANES);
    struct CK_NAME(tile) s = {
        .taps = taps,
        .tap_count = tap_count,
        .in_blocks = conv->wide_blocks,
        .x_block = (ptrdiff_t)conv->wide.volume * lanes,
        .w_block = (ptrdiff_t)tap_count * lanes * CK_LANES,
        .w_out = (ptrdiff_t)conv->wide_blocks * tap_count * lanes * CK_LANES,
        .y_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int i = 0; i < CK_MOST_WIDTH; i++) offsets[i] = i * CK_LANES;
    const int stride = conv->stride;
    for (int h = first; h < last; h++) {
        const ptrdiff_t out =
            block * s.y_block + ((ptrdiff_t)d * conv->narrow.plane + (ptrdiff_t)h * conv->narrow.row) * CK_LANES;
        const ptrdiff_t in = ((ptrdiff_t)(d * (conv->dims == 3 ? stride : 1)) * conv->wide.plane +
                              (ptrdiff_t)h * stride * conv->wide.row) *
                             lanes;
        CK_NAME(row)
        (y + out, init ? init + out : NULL, x + in, w + block * s.w_out, &s, conv->narrow.W, blocks, stride * lanes,
         CK_LANES);
    }
}

void CK_NAME(ck_conv_adjoint_rows)(float *x, const float *init, const float *y, const float *turned,
                                   const struct ck_conv *conv, int block, int blocks, int d, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    int offsets[CK_MOST_WIDTH];
    const int tap_count = ck_conv_taps(conv);
    struct CK_NAME(tile) s = {
        .taps = taps,
        .in_blocks = conv->narrow_blocks,
        .x_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
        .w_block = (ptrdiff_t)tap_count * CK_TILE_FLOATS,
        .w_out = (ptrdiff_t)conv->narrow_blocks * tap_count * CK_TILE_FLOATS,
        .y_block = (ptrdiff_t)conv->wide.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    const int stride = conv->stride;
    for (int i = 0; i < CK_MOST_WIDTH; i++) offsets[i] = i * stride * CK_LANES;
    const int phases = ck_phases(conv);
    for (int h = first; h < last; h++) {
        for (int phase = 0; phase < phases; phase++) {
            const struct ck_phase p = ck_phase(conv, phase);
            s.tap_count = ck_taps_adjoint(taps, conv, p, &conv->narrow, CK_LANES, CK_TILE_FLOATS);
            const ptrdiff_t out =
                block * s.y_block + ((ptrdiff_t)(d * (conv->dims == 3 ? stride : 1) + p.d) * conv->wide.plane +
                                     (ptrdiff_t)(h * stride + p.h) * conv->wide.row + p.w) *
                                        CK_LANES;
            const ptrdiff_t in = ((ptrdiff_t)d * conv->narrow.plane + (ptrdiff_t)h * conv->narrow.row) * CK_LANES;
            CK_NAME(row)
            (x + out, init ? init + out : NULL, y + in, turned + block * s.w_out, &s, conv->narrow.W, blocks, CK_LANES,
             stride * CK_LANES);
        }
    }
}

// Copies what each position of the tile reads side by side, then runs the tile over it.
static void CK_NAME(gathered)(float *out, const float *init, const float *in, const float *w, float *scratch,
                              struct CK_NAME(tile) s, const ptrdiff_t *from, int count, int block, int last_block) {
    struct ck_tap packed[CK_MOST_TAPS];
    ptrdiff_t at = 0;
    for (int b = 0; b < s.in_blocks; b++) {
        for (int t = 0; t < s.tap_count; t++) {
            for (int i = 0; i < count; i++, at += CK_LANES)
                CK_STORE(scratch + at, CK_LOAD(in + from[i] + b * s.x_block + s.taps[t].x));
        }
    }
    for (int t = 0; t < s.tap_count; t++) packed[t] = (struct ck_tap){.x = t * count * CK_LANES, .w = s.taps[t].w};
    s.taps = packed;
    s.x_block = (ptrdiff_t)s.tap_count * count * CK_LANES;
    for (int b = block; b < last_block;) {
        const int blocks = CK_NAME(two) > 0 && last_block - b > 1 ? 2 : 1;
        const int most = blocks == 1 ? CK_NAME(one) : CK_NAME(two);
        const ptrdiff_t to = b * s.y_block;
        for (int start = 0; start < count; start += most) {
            const int width = count - start < most ? count - start : most;
            struct CK_NAME(tile) piece = s;
            piece.y_offset = s.y_offset + start;
            piece.init_offset = s.init_offset + start;
            CK_NAME(pick)
            (width, blocks, CK_LANES)(out + to, init ? init + to : NULL, scratch + start * CK_LANES, w + b * s.w_out,
                                      &piece);
        }
        b += blocks;
    }
}

void CK_NAME(ck_conv_forward_gathered)(float *y, const float *init, const float *x, const float *w, float *scratch,
                                       const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                                       int block, int last_block, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[CK_GATHER];
    int offsets[CK_GATHER], starts[CK_GATHER];
    const int tap_count = ck_conv_taps(conv);
    ck_taps_forward(taps, conv, &conv->wide, CK_LANES, CK_TILE_FLOATS);
    const struct CK_NAME(tile) s = {
        .taps = taps,
        .tap_count = tap_count,
        .in_blocks = conv->wide_blocks,
        .x_block = (ptrdiff_t)conv->wide.volume * CK_LANES,
        .w_block = (ptrdiff_t)tap_count * CK_TILE_FLOATS,
        .w_out = (ptrdiff_t)conv->wide_blocks * tap_count * CK_TILE_FLOATS,
        .y_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
        .y_offset = offsets,
        .init_offset = offsets,
    };
    for (int i = first; i < last; i++) {
        const struct ck_place p = ck_place(&conv->narrow, i);
        from[i - first] = (ptrdiff_t)p.sample * x_sample + ck_wide_position(conv, p, (struct ck_phase){0, 0, 0});
        const ptrdiff_t at = ck_narrow_position(conv, p);
        offsets[i - first] = (int)(p.sample * y_sample + at);
        starts[i - first] = (int)(p.sample * init_sample + at);
    }
    CK_NAME(gathered)(y, init, x, w, scratch, s, from, last - first, block, last_block);
}

void CK_NAME(ck_conv_adjoint_gathered)(float *x, const float *init, const float *y, const float *turned, float *scratch,
                                       const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
                                       int block, int last_block, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[CK_GATHER];
    int offsets[CK_GATHER], starts[CK_GATHER];
    const int tap_count = ck_conv_taps(conv);
    const int phases = ck_phases(conv);
    for (int phase = 0; phase < phases; phase++) {
        const struct ck_phase shift = ck_phase(conv, phase);
        const struct CK_NAME(tile) s = {
            .taps = taps,
            .tap_count = ck_taps_adjoint(taps, conv, shift, &conv->narrow, CK_LANES, CK_TILE_FLOATS),
            .in_blocks = conv->narrow_blocks,
            .x_block = (ptrdiff_t)conv->narrow.volume * CK_LANES,
            .w_block = (ptrdiff_t)tap_count * CK_TILE_FLOATS,
            .w_out = (ptrdiff_t)conv->narrow_blocks * tap_count * CK_TILE_FLOATS,
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
        CK_NAME(gathered)(x, init, y, turned, scratch, s, from, last - first, block, last_block);
    }
}

void CK_NAME(ck_conv_weight_gradient)(float *dw, const float *dy, const float *x, const struct ck_conv *conv,
                                      size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks,
                                      int first, int last, int accumulate) {
    struct ck_tap taps[CK_MOST_TAPS];
    struct ck_row rows[CK_MOST_ROWS];
    const int tap_count = ck_conv_taps(conv), width = conv->narrow.W;
    const int step = conv->stride * CK_LANES;
    ck_taps_forward(taps, conv, &conv->wide, CK_LANES, CK_TILE_FLOATS);
    const ptrdiff_t dw_block = (ptrdiff_t)conv->wide_blocks * tap_count * CK_TILE_FLOATS;
    const ptrdiff_t dy_block = (ptrdiff_t)conv->narrow.volume * CK_LANES;
    float *tiles = dw + narrow_block * dw_block + (ptrdiff_t)wide_block * tap_count * CK_TILE_FLOATS;
    const float *from = x + (ptrdiff_t)wide_block * conv->wide.volume * CK_LANES, *to = dy + narrow_block * dy_block;
    // So many rows that both tensors' stay in the first-level cache while every tap reads them.
    int batch = CK_ROW_POSITIONS / width;
    batch = batch < 1 ? 1 : batch > CK_MOST_ROWS ? CK_MOST_ROWS : batch;
    for (int start = first; start < last; start += batch) {
        const int count = last - start < batch ? last - start : batch;
        for (int r = 0; r < count; r++) {
            const struct ck_place p = ck_place(&conv->narrow, (start + r) * width);
            rows[r].x = (ptrdiff_t)p.sample * x_sample + ck_wide_position(conv, p, (struct ck_phase){0, 0, 0});
            rows[r].y = (ptrdiff_t)p.sample * y_sample + ck_narrow_position(conv, p);
        }
        const int add = accumulate || start > first;
        for (int t = 0; t < tap_count; t++) {
            float *tile = tiles + (ptrdiff_t)t * CK_TILE_FLOATS;
            const float *shifted = from + taps[t].x;
            if (blocks == 2) {
                for (int c = 0; c < CK_LANES; c += CK_NAME(flat)) CK_NAME(gradient_tile)
                (tile + c * CK_LANES, dw_block, to, dy_block, shifted + c, rows, count, width, step, add, CK_NAME(flat),
                 2);
            } else {
                for (int c = 0; c < CK_LANES; c += CK_NAME(tall)) CK_NAME(gradient_tile)
                (tile + c * CK_LANES, dw_block, to, dy_block, shifted + c, rows, count, width, step, add, CK_NAME(tall),
                 1);
            }
        }
    }
}

void CK_NAME(ck_conv_turn_weights)(float *turned, const float *w, const struct ck_conv *conv, int first, int last) {
    const int taps = ck_conv_taps(conv);
    for (int c = first; c < last; c++) {
        for (int k = 0; k < conv->narrow_blocks; k++) {
            for (int t = 0; t < taps; t++) {
                const float *from = w + (((ptrdiff_t)k * conv->wide_blocks + c) * taps + t) * CK_TILE_FLOATS;
                float *to = turned + (((ptrdiff_t)(c - first) * conv->narrow_blocks + k) * taps + t) * CK_TILE_FLOATS;
                for (int i = 0; i < CK_LANES; i++) {
                    for (int j = 0; j < CK_LANES; j++) to[j * CK_LANES + i] = from[i * CK_LANES + j];
                }
            }
        }
    }
}
