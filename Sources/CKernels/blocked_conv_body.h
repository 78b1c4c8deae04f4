// One tile of a convolution: WIDTH positions × BLOCKS·16 channels of the output stay in registers while the input's
// channels stream past. Legend: i position, b output block, t tap, c input channel.

struct CK_NAME(tile) {
    const struct ck_tap *taps;
    int tap_count;
    int in_blocks;
    ptrdiff_t x_block, w_block;  // floats from one block of inputs to the next: of x, and of w for one output block
    ptrdiff_t w_out;             // from one output block's weights to the next's
    ptrdiff_t y_block;           // from one output block to the next
    // Of each position, in floats: in the output, and in what it is added to.
    const int *y_offset, *init_offset;
};

CK_INLINE void CK_NAME(compute)(float *y, const float *init, const float *x, const float *w,
                                const struct CK_NAME(tile) * s, const int width, const int blocks, const int step,
                                const int channels) {
    v16 sum[28][2];
#pragma unroll
    for (int i = 0; i < width; i++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) sum[i][b] = 0;
    }
    for (int block = 0; block < s->in_blocks; block++) {
        for (int t = 0; t < s->tap_count; t++) {
            const float *from = x + block * s->x_block + s->taps[t].x;
            const float *weight = w + block * s->w_block + s->taps[t].w;
#pragma clang loop unroll_count(2)
            for (int c = 0; c < channels; c++) {
                v16 by[2];
#pragma unroll
                for (int b = 0; b < blocks; b++) by[b] = CK_LOAD(weight + b * s->w_out + c * CK_LANES);
#pragma unroll
                for (int i = 0; i < width; i++) {
                    const v16 value = from[i * step + c];
#pragma unroll
                    for (int b = 0; b < blocks; b++) sum[i][b] += value * by[b];
                }
            }
        }
    }
#pragma unroll
    for (int b = 0; b < blocks; b++) {
        float *out = y + b * s->y_block;
        if (init) {
            const float *start = init + b * s->y_block;
#pragma unroll
            for (int i = 0; i < width; i++) CK_STORE(out + s->y_offset[i], sum[i][b] + CK_LOAD(start + s->init_offset[i]));
        } else {
#pragma unroll
            for (int i = 0; i < width; i++) CK_STORE(out + s->y_offset[i], sum[i][b]);
        }
    }
}

typedef void (*CK_NAME(kernel))(float *, const float *, const float *, const float *, const struct CK_NAME(tile) *);

#define CK_TILE(WIDTH, BLOCKS, STEP, CHANNELS)                                                               \
    static void CK_JOIN(CK_NAME(tile_##WIDTH##_##BLOCKS##_##STEP), _)(float *y, const float *init,           \
                                                                      const float *x, const float *w,        \
                                                                      const struct CK_NAME(tile) * s) {      \
        CK_NAME(compute)(y, init, x, w, s, WIDTH, BLOCKS, STEP, CHANNELS);                                   \
    }
#define CK_ENTRY(WIDTH, BLOCKS, STEP, CHANNELS) CK_JOIN(CK_NAME(tile_##WIDTH##_##BLOCKS##_##STEP), _),

#define CK_NONE(M, ...)
#define CK_UP_TO_2(M, ...) M(1, __VA_ARGS__) M(2, __VA_ARGS__)
#define CK_UP_TO_6(M, ...) CK_UP_TO_2(M, __VA_ARGS__) M(3, __VA_ARGS__) M(4, __VA_ARGS__) M(5, __VA_ARGS__) M(6, __VA_ARGS__)
#define CK_UP_TO_14(M, ...)                                                                              \
    CK_UP_TO_6(M, __VA_ARGS__)                                                                           \
    M(7, __VA_ARGS__) M(8, __VA_ARGS__) M(9, __VA_ARGS__) M(10, __VA_ARGS__) M(11, __VA_ARGS__) M(12, __VA_ARGS__) \
        M(13, __VA_ARGS__) M(14, __VA_ARGS__)
#define CK_UP_TO_28(M, ...)                                                                                   \
    CK_UP_TO_14(M, __VA_ARGS__)                                                                               \
    M(15, __VA_ARGS__) M(16, __VA_ARGS__) M(17, __VA_ARGS__) M(18, __VA_ARGS__) M(19, __VA_ARGS__) M(20, __VA_ARGS__) \
        M(21, __VA_ARGS__) M(22, __VA_ARGS__) M(23, __VA_ARGS__) M(24, __VA_ARGS__) M(25, __VA_ARGS__)        \
            M(26, __VA_ARGS__) M(27, __VA_ARGS__) M(28, __VA_ARGS__)

// How many positions of one block, or of two, the registers hold beside a vector of weights for each block. A tile that
// overflows them runs at half the speed, so with few registers there is none of two blocks.
#if CK_REGISTERS == 32
#define CK_ONE CK_UP_TO_28
#define CK_TWO CK_UP_TO_14
enum { CK_NAME(one) = 28, CK_NAME(two) = 14 };
#elif CK_REGISTERS == 16
#define CK_ONE CK_UP_TO_6
#define CK_TWO CK_NONE
enum { CK_NAME(one) = 6, CK_NAME(two) = 0 };
#else
#define CK_ONE CK_UP_TO_2
#define CK_TWO CK_NONE
enum { CK_NAME(one) = 2, CK_NAME(two) = 0 };
#endif

CK_ONE(CK_TILE, 1, 16, 16)
CK_ONE(CK_TILE, 1, 32, 16)
CK_ONE(CK_TILE, 1, 2, 1)
CK_TWO(CK_TILE, 2, 16, 16)
CK_TWO(CK_TILE, 2, 32, 16)
CK_TWO(CK_TILE, 2, 2, 1)

static CK_NAME(kernel) CK_NAME(pick)(int width, int blocks, int step) {
    static const CK_NAME(kernel) one[3][28] = {
        {CK_ONE(CK_ENTRY, 1, 16, 16)}, {CK_ONE(CK_ENTRY, 1, 32, 16)}, {CK_ONE(CK_ENTRY, 1, 2, 1)}};
    static const CK_NAME(kernel) two[3][14 + 1] = {
        {CK_TWO(CK_ENTRY, 2, 16, 16)}, {CK_TWO(CK_ENTRY, 2, 32, 16)}, {CK_TWO(CK_ENTRY, 2, 2, 1)}};
    const int row = step == 16 ? 0 : step == 32 ? 1 : 2;
    return blocks == 1 ? one[row][width - 1] : two[row][width - 1];
}

// A row of `width` positions, cut into pieces as equal as can be.
static void CK_NAME(row)(float *y, const float *init, const float *x, const float *w, struct CK_NAME(tile) * s,
                         int width, int blocks, int x_step, int y_step) {
    if (blocks == 2 && CK_NAME(two) == 0) {
        CK_NAME(row)(y, init, x, w, s, width, 1, x_step, y_step);
        y += s->y_block, init = init ? init + s->y_block : NULL, w += s->w_out, blocks = 1;
    }
    const int most = blocks == 1 ? CK_NAME(one) : CK_NAME(two);
    const int pieces = (width + most - 1) / most;
    int start = 0;
    for (int piece = 0; piece < pieces; piece++) {
        const int end = (int)((long)width * (piece + 1) / pieces);
        const ptrdiff_t out = (ptrdiff_t)start * y_step;
        CK_NAME(pick)(end - start, blocks, x_step)
        (y + out, init ? init + out : NULL, x + (ptrdiff_t)start * x_step, w, s);
        start = end;
    }
}

void CK_NAME(ck_conv_forward_rows)(float *y, const float *init, const float *x, const float *w,
                                   const struct ck_conv *conv, int block, int blocks, int d, int first, int last,
                                   int planar) {
    struct ck_tap taps[CK_MOST_TAPS];
    int offsets[CK_MOST_WIDTH];
    const int lanes = planar ? 1 : CK_LANES;
    const int tap_count = ck_conv_taps(conv);
    ck_taps_forward(taps, conv, lanes);
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
        CK_NAME(row)(y + out, init ? init + out : NULL, x + in, w + block * s.w_out, &s, conv->narrow.W, blocks,
                     stride * lanes, CK_LANES);
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
            s.tap_count = ck_taps_adjoint(taps, conv, p);
            const ptrdiff_t out =
                block * s.y_block + ((ptrdiff_t)(d * (conv->dims == 3 ? stride : 1) + p.d) * conv->wide.plane +
                                     (ptrdiff_t)(h * stride + p.h) * conv->wide.row + p.w) *
                                        CK_LANES;
            const ptrdiff_t in = ((ptrdiff_t)d * conv->narrow.plane + (ptrdiff_t)h * conv->narrow.row) * CK_LANES;
            CK_NAME(row)(x + out, init ? init + out : NULL, y + in, turned + block * s.w_out, &s, conv->narrow.W,
                         blocks, CK_LANES, stride * CK_LANES);
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
            CK_NAME(pick)(width, blocks, CK_LANES)
            (out + to, init ? init + to : NULL, scratch + start * CK_LANES, w + b * s.w_out, &piece);
        }
        b += blocks;
    }
}

void CK_NAME(ck_conv_forward_gathered)(float *y, const float *init, const float *x, const float *w, float *scratch,
                                       const struct ck_conv *conv, size_t x_sample, size_t y_sample,
                                       size_t init_sample, int block, int last_block, int first, int last) {
    struct ck_tap taps[CK_MOST_TAPS];
    ptrdiff_t from[CK_GATHER];
    int offsets[CK_GATHER], starts[CK_GATHER];
    const int tap_count = ck_conv_taps(conv);
    ck_taps_forward(taps, conv, CK_LANES);
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

void CK_NAME(ck_conv_adjoint_gathered)(float *x, const float *init, const float *y, const float *turned,
                                       float *scratch, const struct ck_conv *conv, size_t x_sample, size_t y_sample, size_t init_sample,
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
            .tap_count = ck_taps_adjoint(taps, conv, shift),
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

// A tile of weight gradients, CHANNELS of C × BLOCKS·16 of K, stays in registers while the positions of some rows stream
// past.
CK_INLINE void CK_NAME(gradient_tile)(float *dw, ptrdiff_t dw_block, const float *dy, ptrdiff_t dy_block,
                                      const float *x, const struct ck_row *rows, int row_count, int width, int step,
                                      int accumulate, const int channels, const int blocks) {
    v16 sum[16][2];
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++)
            sum[c][b] = accumulate ? CK_LOAD(dw + b * dw_block + c * CK_LANES) : (v16)0;
    }
    for (int r = 0; r < row_count; r++) {
        const float *value = x + rows[r].x, *gradient = dy + rows[r].y;
        for (int p = 0; p < width; p++, value += step, gradient += CK_LANES) {
            v16 by[2];
#pragma unroll
            for (int b = 0; b < blocks; b++) by[b] = CK_LOAD(gradient + b * dy_block);
#pragma unroll
            for (int c = 0; c < channels; c++) {
                const v16 factor = value[c];
#pragma unroll
                for (int b = 0; b < blocks; b++) sum[c][b] += factor * by[b];
            }
        }
    }
#pragma unroll
    for (int c = 0; c < channels; c++) {
#pragma unroll
        for (int b = 0; b < blocks; b++) CK_STORE(dw + b * dw_block + c * CK_LANES, sum[c][b]);
    }
}

#if CK_REGISTERS == 32
enum { CK_NAME(tall) = 16, CK_NAME(flat) = 8 };
#elif CK_REGISTERS == 16
enum { CK_NAME(tall) = 4, CK_NAME(flat) = 2 };
#else
enum { CK_NAME(tall) = 2, CK_NAME(flat) = 1 };
#endif

void CK_NAME(ck_conv_weight_gradient)(float *dw, const float *dy, const float *x, const struct ck_conv *conv,
                                      size_t x_sample, size_t y_sample, int wide_block, int narrow_block, int blocks,
                                      int first, int last, int accumulate) {
    struct ck_tap taps[CK_MOST_TAPS];
    struct ck_row rows[CK_MOST_ROWS];
    const int tap_count = ck_conv_taps(conv), width = conv->narrow.W;
    const int step = conv->stride * CK_LANES;
    ck_taps_forward(taps, conv, CK_LANES);
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
                for (int c = 0; c < CK_LANES; c += CK_NAME(flat))
                    CK_NAME(gradient_tile)(tile + c * CK_LANES, dw_block, to, dy_block, shifted + c, rows, count, width,
                                           step, add, CK_NAME(flat), 2);
            } else {
                for (int c = 0; c < CK_LANES; c += CK_NAME(tall))
                    CK_NAME(gradient_tile)(tile + c * CK_LANES, dw_block, to, dy_block, shifted + c, rows, count, width,
                                           step, add, CK_NAME(tall), 1);
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
                float *to = turned + (((ptrdiff_t)c * conv->narrow_blocks + k) * taps + t) * CK_TILE_FLOATS;
                for (int i = 0; i < CK_LANES; i++) {
                    for (int j = 0; j < CK_LANES; j++) to[j * CK_LANES + i] = from[i * CK_LANES + j];
                }
            }
        }
    }
}

#undef CK_TILE
#undef CK_ENTRY
#undef CK_NONE
#undef CK_UP_TO_2
#undef CK_UP_TO_6
#undef CK_UP_TO_14
#undef CK_UP_TO_28
#undef CK_ONE
#undef CK_TWO
