#include "CKernels.h"

// Calls for each position of a grid, p its place.
#define FOR_EACH_POSITION(grid)                                                                                        \
    for (int d = 0; d < (grid)->D; d++)                                                                                \
        for (int h = 0; h < (grid)->H; h++)                                                                            \
            for (int w_ = 0; w_ < (grid)->W; w_++)

// The place, from the first position of a channel, of the position that tap t reaches from (d,h,w) with a stride.
static ptrdiff_t reached(const struct ck_grid *grid, int taps, int t, int stride, int d, int h, int w) {
    const int slice = taps == 27 ? stride * d + t / 9 - 1 : 0;
    return (ptrdiff_t)slice * grid->plane + (ptrdiff_t)(stride * h + t % 9 / 3 - 1) * grid->row + stride * w + t % 3 -
           1;
}

// The place of (d,h,w) itself.
static ptrdiff_t place(const struct ck_grid *grid, int d, int h, int w) {
    return (ptrdiff_t)d * grid->plane + (ptrdiff_t)h * grid->row + w;
}

void ck_planar_conv_forward_naive(float *y, const float *x, const float *w, const float *b, const struct ck_grid *grid,
                                  int taps, int channels) {
    for (int k = 0; k < channels; k++) FOR_EACH_POSITION(grid) {
            const size_t own = (size_t)k * grid->volume + place(grid, d, h, w_);
            double sum = (double)b[k] + x[own];
            for (int c = 0; c < channels; c++)
                for (int t = 0; t < taps; t++)
                    sum += (double)w[((size_t)k * channels + c) * taps + t] *
                           x[(ptrdiff_t)c * grid->volume + reached(grid, taps, t, 1, d, h, w_)];
            y[own] = (float)sum;
        }
}

void ck_planar_conv_backward_input_naive(float *dx, const float *dy, const float *w, const struct ck_grid *grid,
                                         int taps, int channels) {
    for (int c = 0; c < channels; c++) FOR_EACH_POSITION(grid) {
            const size_t own = (size_t)c * grid->volume + place(grid, d, h, w_);
            double sum = dy[own];
            // Tap t went from here to there; so tap taps − 1 − t, its opposite, comes from there to here.
            for (int k = 0; k < channels; k++)
                for (int t = 0; t < taps; t++)
                    sum += (double)w[((size_t)k * channels + c) * taps + taps - 1 - t] *
                           dy[(ptrdiff_t)k * grid->volume + reached(grid, taps, t, 1, d, h, w_)];
            dx[own] = (float)sum;
        }
}

void ck_planar_conv_backward_weights_naive(float *dw, float *db, const float *dy, const float *x,
                                           const struct ck_grid *grid, int taps, int channels) {
    for (int k = 0; k < channels; k++) {
        const float *grad = dy + (size_t)k * grid->volume;
        double bias = 0;
        FOR_EACH_POSITION(grid) bias += grad[place(grid, d, h, w_)];
        db[k] = (float)bias;
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < taps; t++) {
                double sum = 0;
                FOR_EACH_POSITION(grid)
                sum += (double)grad[place(grid, d, h, w_)] *
                       x[(ptrdiff_t)c * grid->volume + reached(grid, taps, t, 1, d, h, w_)];
                dw[((size_t)k * channels + c) * taps + t] = (float)sum;
            }
    }
}

void ck_planar_transposed_forward_naive(float *y, const float *x, const float *w, const float *b,
                                        const struct ck_grid *ygrid, const struct ck_grid *xgrid, int taps,
                                        int channels, int blocks) {
    for (int k = 0; k < channels; k++) FOR_EACH_POSITION(ygrid) {
            double sum = b[k];
            // The tap of each dimension and the position of x that reach here: y = 2x + t − 1.
            for (int t = 0; t < taps; t++) {
                const int from_d = taps == 27 ? d + 1 - t / 9 : 0;
                const int from_h = h + 1 - t % 9 / 3, from_w = w_ + 1 - t % 3;
                if (from_d % 2 || from_h % 2 || from_w % 2) continue;
                if (from_d < 0 || from_d / 2 >= xgrid->D || from_h < 0 || from_h / 2 >= xgrid->H || from_w < 0 ||
                    from_w / 2 >= xgrid->W)
                    continue;
                for (int c = 0; c < 16 * blocks; c++)
                    sum +=
                        (double)w[((size_t)(c / 16 * channels + k) * taps + t) * 16 + c % 16] *
                        x[((size_t)(c / 16) * xgrid->volume + place(xgrid, from_d / 2, from_h / 2, from_w / 2)) * 16 +
                          c % 16];
            }
            y[(size_t)k * ygrid->volume + place(ygrid, d, h, w_)] = (float)sum;
        }
}

void ck_planar_strided_weights_naive(float *dw, const float *dy, const float *x, const struct ck_grid *ygrid,
                                     const struct ck_grid *xgrid, int taps, int channels, int blocks) {
    for (int b = 0; b < blocks; b++)
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < taps; t++)
                for (int lane = 0; lane < 16; lane++) {
                    double sum = 0;
                    FOR_EACH_POSITION(ygrid)
                    sum += (double)x[(ptrdiff_t)c * xgrid->volume + reached(xgrid, taps, t, 2, d, h, w_)] *
                           dy[((size_t)b * ygrid->volume + place(ygrid, d, h, w_)) * 16 + lane];
                    dw[((size_t)(b * channels + c) * taps + t) * 16 + lane] = (float)sum;
                }
}
