// Convolutions on blocked tensors as their definition says, in double precision: the algorithmic reference.

#include "CKernels.h"

// Calls for each pair of positions that a tap joins: c and k are channels, t a tap, and the offsets are in floats.
#define CK_EACH_PAIR(conv)                                                                                             \
    const int s = (conv)->stride, dims = (conv)->dims, reach = (conv)->kernel / 2;                                     \
    for (int d = 0; d < (conv)->narrow.D; d++)                                                                         \
        for (int h = 0; h < (conv)->narrow.H; h++)                                                                     \
            for (int w = 0; w < (conv)->narrow.W; w++)                                                                 \
                for (int i = dims == 3 ? -reach : 0, t = 0; i <= (dims == 3 ? reach : 0); i++)                         \
                    for (int j = -reach; j <= reach; j++)                                                              \
                        for (int l = -reach; l <= reach; l++, t++)

static ptrdiff_t narrow_place(const struct ck_conv *conv, int k, int d, int h, int w) {
    return ((ptrdiff_t)(k / CK_LANES) * conv->narrow.volume + (ptrdiff_t)d * conv->narrow.plane +
            (ptrdiff_t)h * conv->narrow.row + w) *
               CK_LANES +
           k % CK_LANES;
}

static ptrdiff_t wide_place(const struct ck_conv *conv, int c, int d, int h, int w) {
    return ((ptrdiff_t)(c / CK_LANES) * conv->wide.volume + (ptrdiff_t)d * conv->wide.plane +
            (ptrdiff_t)h * conv->wide.row + w) *
               CK_LANES +
           c % CK_LANES;
}

static ptrdiff_t weight_place(const struct ck_conv *conv, int k, int c, int t) {
    const int taps = ck_conv_taps(conv);
    return ((((ptrdiff_t)(k / CK_LANES) * conv->wide_blocks + c / CK_LANES) * taps + t) * CK_LANES + c % CK_LANES) *
               CK_LANES +
           k % CK_LANES;
}

// Inside the grid: what lies outside counts as zero, and the halo need not be read.
static int is_inside(const struct ck_grid *g, int d, int h, int w) {
    return d >= 0 && d < g->D && h >= 0 && h < g->H && w >= 0 && w < g->W;
}

void ck_conv_forward_naive(double *y, const float *x, const float *w_, const struct ck_conv *conv) {
    CK_EACH_PAIR(conv) {
        const int dd = d * (dims == 3 ? s : 1) + i, hh = h * s + j, ww = w * s + l;
        if (!is_inside(&conv->wide, dd, hh, ww)) continue;
        for (int k = 0; k < conv->narrow_blocks * CK_LANES; k++) {
            for (int c = 0; c < conv->wide_blocks * CK_LANES; c++)
                y[narrow_place(conv, k, d, h, w)] +=
                    (double)x[wide_place(conv, c, dd, hh, ww)] * w_[weight_place(conv, k, c, t)];
        }
    }
}

void ck_conv_adjoint_naive(double *x, const float *y, const float *w_, const struct ck_conv *conv) {
    CK_EACH_PAIR(conv) {
        const int dd = d * (dims == 3 ? s : 1) + i, hh = h * s + j, ww = w * s + l;
        if (!is_inside(&conv->wide, dd, hh, ww)) continue;
        for (int k = 0; k < conv->narrow_blocks * CK_LANES; k++) {
            for (int c = 0; c < conv->wide_blocks * CK_LANES; c++)
                x[wide_place(conv, c, dd, hh, ww)] +=
                    (double)y[narrow_place(conv, k, d, h, w)] * w_[weight_place(conv, k, c, t)];
        }
    }
}

void ck_conv_weight_gradient_naive(double *dw, const float *dy, const float *x, const struct ck_conv *conv) {
    CK_EACH_PAIR(conv) {
        const int dd = d * (dims == 3 ? s : 1) + i, hh = h * s + j, ww = w * s + l;
        if (!is_inside(&conv->wide, dd, hh, ww)) continue;
        for (int k = 0; k < conv->narrow_blocks * CK_LANES; k++) {
            for (int c = 0; c < conv->wide_blocks * CK_LANES; c++)
                dw[weight_place(conv, k, c, t)] +=
                    (double)x[wide_place(conv, c, dd, hh, ww)] * dy[narrow_place(conv, k, d, h, w)];
        }
    }
}
