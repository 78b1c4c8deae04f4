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
