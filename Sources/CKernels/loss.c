#include "CKernels.h"

#include <assert.h>
#include <math.h>

#define CK_BODY "loss_body.h"
#include "ck_each_isa.h"

void ck_loss_sigmoid(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                     float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                     int channels, enum ck_isa isa) {
    CK_DISPATCH(isa, loss_sigmoid, dice, entropy, gradient, logits, targets, dice_weight, entropy_weight, grid, valid,
                channels);
}

void ck_loss_softmax(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                     float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                     int channels, enum ck_isa isa) {
    CK_DISPATCH(isa, loss_softmax, dice, entropy, gradient, logits, targets, dice_weight, entropy_weight, grid, valid,
                channels);
}

void ck_dice_bce(double *dice, double *entropy, float *dlogits, const float *logits, const float *targets, size_t n,
                 float dice_weight, float entropy_weight) {
    double both = 0, predicted = 0, wanted = 0, sum = 0;
    for (size_t i = 0; i < n; i++) {
        const float z = logits[i], t = targets[i];
        const float e = expf(-fabsf(z));
        const float p = z >= 0 ? 1.0f / (1.0f + e) : e / (1.0f + e);
        both += p * t;
        predicted += p;
        wanted += t;
        // max(z, 0) − z·t + log(1 + e^−|z|): stable for either sign.
        sum += (z > 0 ? z : 0) - z * t + log1pf(e);
    }
    const double top = 2 * both + 1, bottom = predicted + wanted + 1;
    *dice = 1 - top / bottom;
    *entropy = sum;
    if (!dlogits) return;
    const double by_overlap = 2 / bottom, by_size = top / (bottom * bottom);
    for (size_t i = 0; i < n; i++) {
        const float z = logits[i], t = targets[i];
        const float e = expf(-fabsf(z));
        const float p = z >= 0 ? 1.0f / (1.0f + e) : e / (1.0f + e);
        const float through_sigmoid = (float)(by_size - by_overlap * t) * p * (1 - p);
        dlogits[i] = dice_weight * through_sigmoid + entropy_weight * (p - t);
    }
}
