#ifndef PLATEAU_CK_LOSS_H
#define PLATEAU_CK_LOSS_H

#include <stddef.h>

// Soft Dice on the sigmoid plus binary cross-entropy with logits, on one plane (one sample, one channel) of n values.
// Writes the plane's Dice loss, 1 − (2·Σpt + 1)/(Σp + Σt + 1) (Milletari et al. 2016, smooth 1), and the sum of its
// cross-entropy. Where dlogits is not NULL it gets the gradient of dice_weight·dice + entropy_weight·entropy.
void ck_dice_bce(double *dice, double *entropy, float *dlogits, const float *logits, const float *targets, size_t n,
                 float dice_weight, float entropy_weight);

#endif
