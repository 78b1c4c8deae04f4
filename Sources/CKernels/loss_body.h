// Legend: K channels; a chunk is a part of a row that float sums may run over before they are added in double.
#include "math_body.h"
#include "part_body.h"

#define CHUNK 512

// Of one channel: Σ p·t, Σ p, Σ t and, where the entropy is the channel's own, Σ entropy.
struct CK_NAME(sums) {
    v16 both, predicted, wanted, entropy;
};

// p = 1/(1 + e^−z) and the cross-entropy max(z, 0) − z·t + log(1 + e^−|z|), stable for either sign.
CK_INLINE v16 CK_NAME(add_sigmoid)(struct CK_NAME(sums) * sums, v16 z, v16 t, int n) {
    const v16 e = CK_NAME(exp)(z < 0.0f ? z : -z);
    const v16 over = z < 0.0f ? e : (v16)1.0f;
    v16 p = over / (1.0f + e);
    v16 entropy = (z > 0.0f ? z : (v16)0.0f) - z * t + CK_NAME(log1p_unit)(e);
    if (n < 16) {
        p = CK_NAME(keep_first)(p, n);
        entropy = CK_NAME(keep_first)(entropy, n);
    }
    sums->both += p * t;
    sums->predicted += p;
    sums->wanted += t;
    sums->entropy += entropy;
    return p;
}

static void CK_NAME(loss_sigmoid)(double *dice, double *entropy, float *gradient, const float *logits,
                                  const float *targets, float dice_weight, float entropy_weight,
                                  const struct ck_grid *grid, struct ck_extent valid, int channels) {
    double all_entropy = 0;
    for (int k = 0; k < channels; k++) {
        const float *z = logits + (size_t)k * grid->volume;
        const float *t = targets + (size_t)k * valid.d * valid.h * valid.w;
        float *dz = gradient ? gradient + (size_t)k * grid->volume : NULL;
        d16 both = 0, predicted = 0, wanted = 0, crossed = 0;
        for (int d = 0; d < valid.d; d++)
            for (int h = 0; h < valid.h; h++) {
                const size_t row = (size_t)d * grid->plane + (size_t)h * grid->row;
                const float *trow = t + ((size_t)d * valid.h + h) * valid.w;
                for (int start = 0; start < valid.w; start += CHUNK) {
                    const int end = valid.w - start < CHUNK ? valid.w : start + CHUNK;
                    struct CK_NAME(sums) sums = {0, 0, 0, 0};
                    int w = start;
                    for (; w + 16 <= end; w += 16) {
                        const v16 p = CK_NAME(add_sigmoid)(&sums, CK_LOAD(z + row + w), CK_LOAD(trow + w), 16);
                        // The probability waits in the gradient's place for the sums that the gradient needs.
                        if (dz) CK_STORE(dz + row + w, p);
                    }
                    if (w < end) {
                        const int n = end - w;
                        const v16 p = CK_NAME(add_sigmoid)(&sums, CK_NAME(load_part)(z + row + w, n),
                                                           CK_NAME(load_part)(trow + w, n), n);
                        if (dz) CK_NAME(store_part)(dz + row + w, p, n);
                    }
                    both += CK_NAME(widen)(sums.both);
                    predicted += CK_NAME(widen)(sums.predicted);
                    wanted += CK_NAME(widen)(sums.wanted);
                    crossed += CK_NAME(widen)(sums.entropy);
                }
            }
        const double top = 2 * CK_NAME(sum_wide)(both) + 1;
        const double bottom = CK_NAME(sum_wide)(predicted) + CK_NAME(sum_wide)(wanted) + 1;
        dice[k] = 1 - top / bottom;
        all_entropy += CK_NAME(sum_wide)(crossed);
        if (!dz) continue;
        const float by_overlap = (float)(dice_weight * 2 / bottom);
        const float by_size = (float)(dice_weight * top / (bottom * bottom));
        for (int d = 0; d < grid->D; d++)
            for (int h = 0; h < grid->H; h++) {
                float *row = dz + (size_t)d * grid->plane + (size_t)h * grid->row;
                const int counted = d < valid.d && h < valid.h ? valid.w : 0;
                const float *trow = t + ((size_t)d * valid.h + h) * valid.w;
                for (int w = 0; w < counted; w += 16) {
                    const int n = counted - w;
                    const v16 p = CK_NAME(load)(row + w, n), target = CK_NAME(load)(trow + w, n);
                    const v16 through_sigmoid = (by_size - by_overlap * target) * (p * (1.0f - p));
                    CK_NAME(store)(row + w, through_sigmoid + entropy_weight * (p - target), n);
                }
                for (int w = counted; w < grid->W; w++) row[w] = 0;
            }
    }
    *entropy = all_entropy;
}

// Up to 16 positions of all channels. Where dz isn't NULL it gets the probabilities. Returns the cross-entropy
// −Σk t·log p, by way of p = e^(z − max)/Σ e^(z − max).
CK_INLINE v16 CK_NAME(add_softmax)(struct CK_NAME(sums) * sums, float *dz, const float *z, const float *t,
                                   size_t volume, size_t count, int channels, int n) {
    v16 e[CK_MOST_CLASSES];
    v16 most = CK_NAME(load)(z, n);
    for (int k = 1; k < channels; k++) {
        const v16 next = CK_NAME(load)(z + k * volume, n);
        most = most < next ? next : most;
    }
    v16 all = 0, wanted = 0, below = 0;
    for (int k = 0; k < channels; k++) {
        const v16 target = CK_NAME(load)(t + k * count, n);
        const v16 distance = most - CK_NAME(load)(z + k * volume, n);
        e[k] = CK_NAME(exp)(-distance);
        all += e[k];
        wanted += target;
        below += target * distance;
    }
    const v16 by_all = 1.0f / all;
    for (int k = 0; k < channels; k++) {
        const v16 target = CK_NAME(load)(t + k * count, n);
        const v16 p = CK_NAME(keep_first)(e[k] * by_all, n);
        if (dz) CK_NAME(store)(dz + k * volume, p, n);
        sums[k].both += p * target;
        sums[k].predicted += p;
        sums[k].wanted += target;
    }
    // Targets beyond the first n are 0, and so is this.
    return wanted * CK_NAME(log)(all) + below;
}

// A Dice loss's gradient by a probability, by_size − by_overlap·t.
struct CK_NAME(slopes) {
    float by_size[CK_MOST_CLASSES], by_overlap[CK_MOST_CLASSES];
};

CK_INLINE void CK_NAME(softmax_gradient)(float *dz, const float *t, const struct CK_NAME(slopes) * dice,
                                         float entropy_weight, size_t volume, size_t count, int channels, int n) {
    // The mean of the slopes under the probabilities.
    v16 mean = 0, wanted = CK_NAME(load)(t, n);
    for (int k = 1; k < channels; k++) {
        const v16 p = CK_NAME(load)(dz + k * volume, n), target = CK_NAME(load)(t + k * count, n);
        mean += (dice->by_size[k] - dice->by_overlap[k] * target) * p;
        wanted += target;
    }
    for (int k = 0; k < channels; k++) {
        const v16 p = CK_NAME(load)(dz + k * volume, n), target = CK_NAME(load)(t + k * count, n);
        const v16 through_softmax = p * ((dice->by_size[k] - dice->by_overlap[k] * target) - mean);
        CK_NAME(store)(dz + k * volume, through_softmax + entropy_weight * (wanted * p - target), n);
    }
}

static void CK_NAME(loss_softmax)(double *dice, double *entropy, float *gradient, const float *logits,
                                  const float *targets, float dice_weight, float entropy_weight,
                                  const struct ck_grid *grid, struct ck_extent valid, int channels) {
    assert(channels >= 1 && channels <= CK_MOST_CLASSES);
    const size_t volume = grid->volume, count = (size_t)valid.d * valid.h * valid.w;
    double both[CK_MOST_CLASSES] = {0}, size[CK_MOST_CLASSES] = {0}, crossed = 0;
    for (int d = 0; d < valid.d; d++)
        for (int h = 0; h < valid.h; h++) {
            const size_t row = (size_t)d * grid->plane + (size_t)h * grid->row;
            const float *z = logits + row, *t = targets + ((size_t)d * valid.h + h) * valid.w;
            float *dz = gradient ? gradient + row : NULL;
            for (int start = 0; start < valid.w; start += CHUNK) {
                const int end = valid.w - start < CHUNK ? valid.w : start + CHUNK;
                struct CK_NAME(sums) sums[CK_MOST_CLASSES];
                for (int k = 0; k < channels; k++) sums[k] = (struct CK_NAME(sums)){0, 0, 0, 0};
                v16 chunk = 0;
                int w = start;
                for (; w + 16 <= end; w += 16)
                    chunk += CK_NAME(add_softmax)(sums, dz ? dz + w : NULL, z + w, t + w, volume, count, channels, 16);
                if (w < end)
                    chunk +=
                        CK_NAME(add_softmax)(sums, dz ? dz + w : NULL, z + w, t + w, volume, count, channels, end - w);
                for (int k = 0; k < channels; k++) {
                    both[k] += CK_NAME(sum)(sums[k].both);
                    size[k] += (double)CK_NAME(sum)(sums[k].predicted) + CK_NAME(sum)(sums[k].wanted);
                }
                crossed += CK_NAME(sum)(chunk);
            }
        }
    *entropy = crossed;
    dice[0] = 0;
    struct CK_NAME(slopes) slopes = {{0}, {0}};
    for (int k = 1; k < channels; k++) {
        const double top = 2 * both[k] + 1, bottom = size[k] + 1;
        dice[k] = 1 - top / bottom;
        slopes.by_overlap[k] = (float)(dice_weight * 2 / bottom);
        slopes.by_size[k] = (float)(dice_weight * top / (bottom * bottom));
    }
    if (!gradient) return;
    for (int d = 0; d < grid->D; d++)
        for (int h = 0; h < grid->H; h++) {
            float *dz = gradient + (size_t)d * grid->plane + (size_t)h * grid->row;
            const int counted = d < valid.d && h < valid.h ? valid.w : 0;
            const float *t = targets + ((size_t)d * valid.h + h) * valid.w;
            for (int w = 0; w < counted; w += 16) {
                const int n = counted - w;
                CK_NAME(softmax_gradient)(dz + w, t + w, &slopes, entropy_weight, volume, count, channels, n);
            }
            for (int k = 0; k < channels; k++)
                for (int w = counted; w < grid->W; w++) dz[k * volume + w] = 0;
        }
}

#undef CHUNK
