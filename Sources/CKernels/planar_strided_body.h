// Legend: C planar channels of x, B blocks of 16 channels of dy. One tile holds the sums of TAP_ROWS·3 taps and of
// BLOCKS blocks in registers.
#if CK_REGISTERS == 32
#define TAP_ROWS 3
#define BLOCKS 2
#else
#define TAP_ROWS 1
#define BLOCKS 1
#endif

// dw of one channel and TAP_ROWS·3 taps, and of `blocks` blocks that lie `stride` floats apart: += what the rows give.
// dy points to the first row of slice 0; so does x, moved by the first of the taps.
CK_INLINE void CK_NAME(strided_tile)(float *dw, size_t stride, const float *dy, const float *x,
                                     const struct ck_grid *ygrid, const struct ck_grid *xgrid, const int blocks,
                                     int first, int last) {
    v16 acc[3 * TAP_ROWS][BLOCKS];
#pragma unroll
    for (int t = 0; t < 3 * TAP_ROWS; t++)
#pragma unroll
        for (int b = 0; b < blocks; b++) acc[t][b] = 0;
    for (int r = first; r < last; r++) {
        const int d = r / ygrid->H, h = r % ygrid->H;
        const float *grad = dy + ((size_t)d * ygrid->plane + (size_t)h * ygrid->row) * CK_LANES;
        const float *from = x + (size_t)2 * d * xgrid->plane + (size_t)2 * h * xgrid->row;
        for (int p = 0; p < ygrid->W; p++) {
            v16 value[BLOCKS];
#pragma unroll
            for (int b = 0; b < blocks; b++) value[b] = CK_LOAD(grad + ((size_t)b * ygrid->volume + p) * CK_LANES);
#pragma unroll
            for (int t = 0; t < 3 * TAP_ROWS; t++) {
                const float factor = from[t / 3 * xgrid->row + 2 * p + t % 3];
#pragma unroll
                for (int b = 0; b < blocks; b++) acc[t][b] += factor * value[b];
            }
        }
    }
#pragma unroll
    for (int t = 0; t < 3 * TAP_ROWS; t++)
#pragma unroll
        for (int b = 0; b < blocks; b++) {
            float *to = dw + b * stride + t * CK_LANES;
            CK_STORE(to, CK_LOAD(to) + acc[t][b]);
        }
}

static void CK_NAME(planar_strided_weights)(float *dw, const float *dy, const float *x, const struct ck_grid *ygrid,
                                            const struct ck_grid *xgrid, int taps, int channels, int blocks, int first,
                                            int last, int accumulate) {
    const size_t stride = (size_t)channels * taps * CK_LANES, block = (size_t)ygrid->volume * CK_LANES;
    if (!accumulate) memset(dw, 0, sizeof(float) * stride * blocks);
    const int slices = taps / 9;
    // Some rows at a time: they stay in the cache from tile to tile, and no float sum runs over many positions.
    const int rows = ygrid->W < 256 ? 256 / ygrid->W : 1;
    for (int start = first; start < last; start += rows) {
        const int end = last - start < rows ? last : start + rows;
        int b = 0;
        for (; b < blocks; b += BLOCKS)
            for (int c = 0; c < channels; c++)
                for (int t = 0; t < taps; t += 3 * TAP_ROWS) {
                    const float *from = x + (size_t)c * xgrid->volume + (ptrdiff_t)(t / 9 - slices / 2) * xgrid->plane +
                                        (ptrdiff_t)(t % 9 / 3 - 1) * xgrid->row - 1;
                    float *to = dw + b * stride + ((size_t)c * taps + t) * CK_LANES;
                    if (b + BLOCKS <= blocks)
                        CK_NAME(strided_tile)(to, stride, dy + b * block, from, ygrid, xgrid, BLOCKS, start, end);
                    else
                        CK_NAME(strided_tile)(to, stride, dy + b * block, from, ygrid, xgrid, 1, start, end);
                }
    }
}

#undef TAP_ROWS
#undef BLOCKS
