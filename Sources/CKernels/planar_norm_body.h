// Legend: K channels. Float sums run over no more than a chunk of rows, then they are added in double.
#include "part_body.h"

// Rows of about a thousand values: few enough that they are still in the first-level cache when read again.
CK_INLINE int CK_NAME(chunk_rows)(const struct ck_grid *grid) { return grid->W < 1024 ? 1024 / grid->W : 1; }

CK_INLINE const float *CK_NAME(row)(const float *channel, const struct ck_grid *grid, int r) {
    return channel + (size_t)(r / grid->H) * grid->plane + (size_t)(r % grid->H) * grid->row;
}

static void CK_NAME(planar_norm_statistics)(double *sum, double *squares, const float *y, const struct ck_grid *grid,
                                            int channels, int first, int last) {
    const int rows = CK_NAME(chunk_rows)(grid);
    for (int k = 0; k < channels; k++) {
        const float *channel = y + (size_t)k * grid->volume;
        double all = 0, spread = 0, seen = 0;
        for (int start = first; start < last; start += rows) {
            const int end = last - start < rows ? last : start + rows;
            const double count = (double)(end - start) * grid->W;
            v16 values = 0;
            for (int r = start; r < end; r++) {
                const float *row = CK_NAME(row)(channel, grid, r);
                int i = 0;
                for (; i + 16 <= grid->W; i += 16) values += CK_LOAD(row + i);
                if (i < grid->W) values += CK_NAME(load_part)(row + i, grid->W - i);
            }
            // Any number near the mean will do to measure distances from; what it is off is made good below.
            const float centre = (float)(CK_NAME(sum_in_double)(values) / count);
            v16 distances = 0, squared = 0;
            for (int r = start; r < end; r++) {
                const float *row = CK_NAME(row)(channel, grid, r);
                int i = 0;
                for (; i + 16 <= grid->W; i += 16) {
                    const v16 distance = CK_LOAD(row + i) - centre;
                    distances += distance;
                    squared += distance * distance;
                }
                if (i < grid->W) {
                    const int n = grid->W - i;
                    const v16 distance = CK_NAME(keep_first)(CK_NAME(load_part)(row + i, n) - centre, n);
                    distances += distance;
                    squared += distance * distance;
                }
            }
            const double off = CK_NAME(sum_in_double)(distances);
            const double own = centre * count + off;
            spread += CK_NAME(sum_in_double)(squared) - off * off / count;
            if (seen > 0) {
                const double between = all / seen - own / count;
                spread += between * between * seen * count / (seen + count);
            }
            all += own;
            seen += count;
        }
        sum[k] = all;
        squares[k] = spread;
    }
}

static void CK_NAME(planar_norm_forward)(float *out, const float *y, const struct ck_planar_norm *norm,
                                         const struct ck_grid *grid, int channels, int first, int last) {
    const float slope = norm->slope;
    for (int k = 0; k < channels; k++) {
        const float scale = norm->scale[k], shift = norm->shift[k];
        for (int r = first; r < last; r++) {
            const float *from = CK_NAME(row)(y + (size_t)k * grid->volume, grid, r);
            float *to = out + (from - y);
            for (int i = 0; i < grid->W; i += 16) {
                const v16 z = CK_NAME(load)(from + i, grid->W - i) * scale + shift;
                CK_NAME(store)(to + i, z > 0.0f ? z : slope * z, grid->W - i);
            }
        }
    }
}

struct CK_NAME(gradient_sums) {
    v16 g, product, slope;
};

CK_INLINE void CK_NAME(add_gradient)(struct CK_NAME(gradient_sums) * sums, v16 dout, v16 y, float mean, float scale,
                                     float shift, float slope) {
    const v16 z = y * scale + shift;
    const v16 g = z > 0.0f ? dout : slope * dout;
    sums->g += g;
    sums->product += g * (y - mean);
    sums->slope += z > 0.0f ? (v16)0.0f : z * dout;
}

static void CK_NAME(planar_norm_backward_sums)(double *sum, double *product, double *dslope, const float *dout,
                                               const float *y, const float *mean, const struct ck_planar_norm *norm,
                                               const struct ck_grid *grid, int channels, int first, int last) {
    const int rows = CK_NAME(chunk_rows)(grid);
    double all_slope = 0;
    for (int k = 0; k < channels; k++) {
        const size_t channel = (size_t)k * grid->volume;
        const float scale = norm->scale[k], shift = norm->shift[k];
        double all_g = 0, all_product = 0;
        for (int start = first; start < last; start += rows) {
            const int end = last - start < rows ? last : start + rows;
            struct CK_NAME(gradient_sums) sums = {0, 0, 0};
            for (int r = start; r < end; r++) {
                const float *yrow = CK_NAME(row)(y + channel, grid, r), *drow = CK_NAME(row)(dout + channel, grid, r);
                int i = 0;
                for (; i + 16 <= grid->W; i += 16) {
                    const v16 dv = CK_LOAD(drow + i), yv = CK_LOAD(yrow + i);
                    CK_NAME(add_gradient)(&sums, dv, yv, mean[k], scale, shift, norm->slope);
                }
                if (i < grid->W) {
                    // Beyond the end of the row dout counts as 0, and so does all that it multiplies.
                    const int n = grid->W - i;
                    const v16 dv = CK_NAME(load_part)(drow + i, n), yv = CK_NAME(load_part)(yrow + i, n);
                    CK_NAME(add_gradient)(&sums, dv, yv, mean[k], scale, shift, norm->slope);
                }
            }
            all_g += CK_NAME(sum_in_double)(sums.g);
            all_product += CK_NAME(sum_in_double)(sums.product);
            all_slope += CK_NAME(sum_in_double)(sums.slope);
        }
        sum[k] = all_g;
        product[k] = all_product;
    }
    *dslope = all_slope;
}

static void CK_NAME(planar_norm_backward)(float *dy, const float *dout, const float *y, const float *a, const float *b,
                                          const struct ck_planar_norm *norm, const struct ck_grid *grid, int channels,
                                          int first, int last) {
    const float slope = norm->slope;
    for (int k = 0; k < channels; k++) {
        const float scale = norm->scale[k], shift = norm->shift[k], constant = a[k], factor = b[k];
        for (int r = first; r < last; r++) {
            const float *yrow = CK_NAME(row)(y + (size_t)k * grid->volume, grid, r);
            const float *drow = dout + (yrow - y);
            float *to = dy + (yrow - y);
            for (int i = 0; i < grid->W; i += 16) {
                const int n = grid->W - i;
                const v16 value = CK_NAME(load)(yrow + i, n), grad = CK_NAME(load)(drow + i, n);
                const v16 z = value * scale + shift;
                const v16 g = z > 0.0f ? grad : slope * grad;
                CK_NAME(store)(to + i, scale * g + (value * factor + constant), n);
            }
        }
    }
}
