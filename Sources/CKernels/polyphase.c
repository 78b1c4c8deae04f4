#include <assert.h>

#include "CKernels.h"
#include "ck_tile.h"

// With e[p] = x[2p] and o[p] = x[2p + 1] a convolution is y[p] = w0·o[p−1] + w1·e[p] + w2·o[p] in one dimension. For
// two neighbours with a, b, c = o[p−1], o[p], o[p+1]:
//
//     M = (w0 + w2)·b,  y[p] = w0·(a − b) + w1·e[p] + M,  y[p+1] = w2·(c − b) + w1·e[p+1] + M
//
// and its adjoint, with A, B, C = y[p], y[p+1], y[p+2], is
//
//     M = (w0 + w2)·B,  x[2p] = w1·A,  x[2p+1] = w2·(A − B) + M,  x[2p+2] = w1·B,  x[2p+3] = w0·(C − B) + M.
//
// Parts are the five inputs a − b, e[p], b, e[p+1], c − b of a convolution, or the four A, B, A − B, C − B of its
// adjoint; weights the four w0, w1, w2, w0 + w2; sums the three of products that a convolution's outputs are made of,
// y[p] − M, M, y[p+1] − M, or the five x[2p], x[2p+1] − M, x[2p+2], x[2p+3] − M, M of its adjoint. The weights'
// gradient multiplies the same pairs: parts by the gradients of the sums, added up for each weight. In more dimensions
// all of these are products of one of each dimension.
enum { CK_WEIGHTS = 4, CK_PARTS = 5, CK_SUMS = 3, CK_ADJOINT_PARTS = 4, CK_ADJOINT_SUMS = 5 };

// What to multiply for one sum, or one weight, in one dimension: a part and a weight, or a part and a sum.
struct ck_products {
    int count;
    struct {
        int part, by;
    } of[2];
};

static const struct ck_products ck_of_sum[CK_SUMS] = {{2, {{0, 0}, {1, 1}}}, {1, {{2, 3}}}, {2, {{3, 1}, {4, 2}}}};
static const struct ck_products ck_of_adjoint_sum[CK_ADJOINT_SUMS] = {
    {1, {{0, 1}}}, {1, {{2, 2}}}, {1, {{1, 1}}}, {1, {{3, 0}}}, {1, {{1, 3}}}};
static const struct ck_products ck_of_weight[CK_WEIGHTS] = {
    {1, {{0, 0}}}, {2, {{1, 0}, {3, 2}}}, {1, {{4, 2}}}, {1, {{2, 1}}}};

enum { CK_MOST_PRODUCTS = 8 };

static int ck_power(int base, int dims) { return dims == 3 ? base * base * base : base * base; }

// The products of the sum or weight `index` in all dimensions, whose number of each is `sides`, `parts` and `bys`.
static int ck_multiply(struct ck_row *products, const struct ck_products *of, int index, int dims, int sides, int parts,
                       int bys) {
    static const struct ck_products one = {1, {{0, 0}}};
    const struct ck_products *w = &of[index % sides], *h = &of[index / sides % sides];
    const struct ck_products *d = dims == 3 ? &of[index / (sides * sides)] : &one;
    int count = 0;
    for (int i = 0; i < d->count; i++) {
        for (int j = 0; j < h->count; j++) {
            for (int k = 0; k < w->count; k++, count++) {
                products[count].x = (d->of[i].part * parts + h->of[j].part) * parts + w->of[k].part;
                products[count].y = (d->of[i].by * bys + h->of[j].by) * bys + w->of[k].by;
            }
        }
    }
    return count;
}

int ck_polyphase_fits(const struct ck_conv *conv) {
    const struct ck_grid *narrow = &conv->narrow, *wide = &conv->wide;
    return conv->kernel == 3 && conv->stride == 2 && narrow->H % 2 == 0 && narrow->W % 2 == 0 &&
           wide->H == 2 * narrow->H && wide->W == 2 * narrow->W &&
           (conv->dims == 2 || (narrow->D % 2 == 0 && wide->D == 2 * narrow->D));
}

int ck_polyphase_tiles(const struct ck_conv *conv) {
    const struct ck_grid *grid = &conv->narrow;
    return (conv->dims == 3 ? grid->D / 2 : 1) * (grid->H / 2) * (grid->W / 2);
}

size_t ck_polyphase_weights(const struct ck_conv *conv) {
    return (size_t)conv->wide_blocks * conv->narrow_blocks * ck_power(CK_WEIGHTS, conv->dims) * CK_TILE_FLOATS;
}

size_t ck_polyphase_scratch(const struct ck_conv *conv) {
    const size_t of_forward = (size_t)ck_power(CK_PARTS, conv->dims) * (conv->wide_blocks * CK_POLYPHASE_TILES + 1) +
                              (size_t)ck_power(CK_SUMS, conv->dims) * 2 * CK_POLYPHASE_TILES;
    const size_t of_adjoint =
        (size_t)ck_power(CK_ADJOINT_PARTS, conv->dims) * (conv->narrow_blocks * CK_POLYPHASE_TILES + 1) +
        (size_t)ck_power(CK_ADJOINT_SUMS, conv->dims) * 2 * CK_POLYPHASE_TILES;
    return (of_forward > of_adjoint ? of_forward : of_adjoint) * CK_LANES;
}

size_t ck_polyphase_gradient_scratch(const struct ck_conv *conv) {
    return (size_t)ck_power(CK_WEIGHTS, conv->dims) * CK_POLYPHASE_BLOCKS * CK_TILE_FLOATS +
           (size_t)(ck_power(CK_PARTS, conv->dims) + CK_POLYPHASE_BLOCKS * ck_power(CK_SUMS, conv->dims)) *
               CK_POLYPHASE_TILES * CK_LANES;
}

#define CK_BODY "polyphase_body.h"
#include "ck_each_isa.h"

void ck_polyphase_transform(float *u, const float *w, const struct ck_conv *conv, int adjoint, enum ck_isa isa) {
    CK_DISPATCH(isa, ck_polyphase_transform, u, w, conv, adjoint);
}

void ck_polyphase_forward(float *y, const float *init, const float *x, const float *u, float *scratch,
                          const struct ck_conv *conv, int adjoint, size_t x_sample, size_t y_sample, size_t init_sample,
                          int block, int last_block, int first, int last, enum ck_isa isa) {
    assert(ck_polyphase_fits(conv) && last - first <= CK_POLYPHASE_TILES);
    CK_DISPATCH(isa, ck_polyphase_forward, y, init, x, u, scratch, conv, adjoint, x_sample, y_sample, init_sample,
                block, last_block, first, last);
}

void ck_polyphase_weight_gradient(float *dw, const float *dy, const float *x, float *scratch,
                                  const struct ck_conv *conv, size_t x_sample, size_t y_sample, int wide_block,
                                  int narrow_block, int blocks, int first, int last, enum ck_isa isa) {
    assert(ck_polyphase_fits(conv) && blocks >= 1 && blocks <= CK_POLYPHASE_BLOCKS);
    CK_DISPATCH(isa, ck_polyphase_weight_gradient, dw, dy, x, scratch, conv, x_sample, y_sample, wide_block,
                narrow_block, blocks, first, last);
}
