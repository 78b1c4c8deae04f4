#ifndef PLATEAU_CK_LOSS_H
#define PLATEAU_CK_LOSS_H

#include <stddef.h>

#include "ck_grid.h"
#include "ck_isa.h"

// Losses of one sample of K channels. Logits are planar on a grid, (K,D,H,W); without a halo, a grid whose row is W and
// whose plane is H·W, they may be compact. Only the first d×h×w positions count, where an image was padded to fit the
// network; targets are (K,d,h,w) without gaps.
//
// The gradient is that of dice_weight·Σ dice + entropy_weight·entropy by the logits, planar on the same grid; it is 0
// at the positions that don't count. It may be NULL, or the logits themselves. What else is written doesn't depend on
// it, nor on the halo.
struct ck_extent {
    int d, h, w;
};

// Soft Dice on the sigmoid and binary cross-entropy with logits. dice (K) gets each channel's Dice loss,
// 1 − (2·Σpt + 1)/(Σp + Σt + 1) (Milletari et al. 2016, smooth 1); entropy the sum over channels and positions.
void ck_loss_sigmoid(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                     float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                     int channels, enum ck_isa isa);

// Soft Dice on the softmax and cross-entropy. Channel 0 is the background: its Dice loss is left out, dice[0] gets 0.
// entropy gets the sum over positions. At most CK_MOST_CLASSES channels.
enum { CK_MOST_CLASSES = 64 };
void ck_loss_softmax(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                     float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                     int channels, enum ck_isa isa);

// The same by plain loops in double precision.
void ck_loss_sigmoid_naive(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                           float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                           int channels);
void ck_loss_softmax_naive(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                           float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                           int channels);

#endif
