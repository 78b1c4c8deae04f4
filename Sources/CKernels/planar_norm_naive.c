#include "CKernels.h"

#include <stddef.h>

// Calls for each position of channel k, p its place.
#define FOR_EACH_POSITION(grid, k)                                                                                     \
    for (int d = 0; d < (grid)->D; d++)                                                                                \
        for (int h = 0; h < (grid)->H; h++)                                                                            \
            for (size_t w = 0, p = (size_t)k * (grid)->volume + (size_t)d * (grid)->plane + (size_t)h * (grid)->row;   \
                 w < (size_t)(grid)->W; w++, p++)

void ck_planar_norm_statistics_naive(double *sum, double *squares, const float *y, const struct ck_grid *grid,
                                     int channels) {
    const double count = (double)grid->D * grid->H * grid->W;
    for (int k = 0; k < channels; k++) {
        sum[k] = squares[k] = 0;
        FOR_EACH_POSITION(grid, k) sum[k] += y[p];
        FOR_EACH_POSITION(grid, k) squares[k] += (y[p] - sum[k] / count) * (y[p] - sum[k] / count);
    }
}

// The activation's input, in double precision.
static double before(const struct ck_planar_norm *norm, int k, double y) { return y * norm->scale[k] + norm->shift[k]; }

void ck_planar_norm_forward_naive(float *out, const float *y, const struct ck_planar_norm *norm,
                                  const struct ck_grid *grid, int channels) {
    for (int k = 0; k < channels; k++) FOR_EACH_POSITION(grid, k) {
            const double z = before(norm, k, y[p]);
            out[p] = (float)(z > 0 ? z : norm->slope * z);
        }
}

void ck_planar_norm_backward_sums_naive(double *sum, double *product, double *dslope, const float *dout, const float *y,
                                        const float *mean, const struct ck_planar_norm *norm,
                                        const struct ck_grid *grid, int channels) {
    *dslope = 0;
    for (int k = 0; k < channels; k++) {
        sum[k] = product[k] = 0;
        FOR_EACH_POSITION(grid, k) {
            const double z = before(norm, k, y[p]), g = z > 0 ? dout[p] : (double)norm->slope * dout[p];
            sum[k] += g;
            product[k] += g * ((double)y[p] - mean[k]);
            if (z <= 0) *dslope += z * dout[p];
        }
    }
}

void ck_planar_norm_backward_naive(float *dy, const float *dout, const float *y, const float *a, const float *b,
                                   const struct ck_planar_norm *norm, const struct ck_grid *grid, int channels) {
    for (int k = 0; k < channels; k++) FOR_EACH_POSITION(grid, k) {
            const double z = before(norm, k, y[p]), g = z > 0 ? dout[p] : (double)norm->slope * dout[p];
            dy[p] = (float)(norm->scale[k] * g + (double)y[p] * b[k] + a[k]);
        }
}
