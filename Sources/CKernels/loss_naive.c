#include "CKernels.h"

#include <math.h>

// Calls for each position that counts, p on the grid and i among the targets.
#define FOR_EACH_COUNTED(grid, valid)                                                                                  \
    for (size_t d = 0; d < (size_t)(valid).d; d++)                                                                     \
        for (size_t h = 0; h < (size_t)(valid).h; h++)                                                                 \
            for (size_t w = 0, p = d * (grid)->plane + h * (grid)->row, i = (d * (valid).h + h) * (valid).w;           \
                 w < (size_t)(valid).w; w++, p++, i++)

static void clear(float *gradient, const struct ck_grid *grid, int channels) {
    const struct ck_extent all = {grid->D, grid->H, grid->W};
    for (int k = 0; k < channels; k++) FOR_EACH_COUNTED(grid, all) gradient[(size_t)k * grid->volume + p] = 0;
}

void ck_loss_sigmoid_naive(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                           float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                           int channels) {
    *entropy = 0;
    if (gradient) clear(gradient, grid, channels);
    for (int k = 0; k < channels; k++) {
        const float *z = logits + (size_t)k * grid->volume;
        const float *t = targets + (size_t)k * valid.d * valid.h * valid.w;
        double both = 0, size = 0;
        FOR_EACH_COUNTED(grid, valid) {
            const double probability = 1 / (1 + exp(-(double)z[p]));
            both += probability * t[i];
            size += probability + t[i];
            *entropy += fmax(z[p], 0) - (double)z[p] * t[i] + log1p(exp(-fabs((double)z[p])));
        }
        const double top = 2 * both + 1, bottom = size + 1;
        dice[k] = 1 - top / bottom;
        if (!gradient) continue;
        FOR_EACH_COUNTED(grid, valid) {
            const double probability = 1 / (1 + exp(-(double)z[p]));
            const double by_probability = top / (bottom * bottom) - 2 * t[i] / bottom;
            gradient[(size_t)k * grid->volume + p] =
                (float)(dice_weight * by_probability * probability * (1 - probability) +
                        entropy_weight * (probability - t[i]));
        }
    }
}

// log Σ e^z over the channels of one position.
static double log_sum(const float *z, const struct ck_grid *grid, int channels) {
    double most = z[0], sum = 0;
    for (int k = 1; k < channels; k++) most = fmax(most, z[(size_t)k * grid->volume]);
    for (int k = 0; k < channels; k++) sum += exp(z[(size_t)k * grid->volume] - most);
    return most + log(sum);
}

void ck_loss_softmax_naive(double *dice, double *entropy, float *gradient, const float *logits, const float *targets,
                           float dice_weight, float entropy_weight, const struct ck_grid *grid, struct ck_extent valid,
                           int channels) {
    const size_t volume = grid->volume, count = (size_t)valid.d * valid.h * valid.w;
    double top[CK_MOST_CLASSES], bottom[CK_MOST_CLASSES];
    *entropy = 0;
    dice[0] = 0;
    for (int k = 0; k < channels; k++) {
        double both = 0, size = 0;
        FOR_EACH_COUNTED(grid, valid) {
            const double log_probability = logits[k * volume + p] - log_sum(logits + p, grid, channels);
            both += exp(log_probability) * targets[k * count + i];
            size += exp(log_probability) + targets[k * count + i];
            *entropy -= targets[k * count + i] * log_probability;
        }
        top[k] = 2 * both + 1;
        bottom[k] = size + 1;
        if (k > 0) dice[k] = 1 - top[k] / bottom[k];
    }
    if (!gradient) return;
    clear(gradient, grid, channels);
    FOR_EACH_COUNTED(grid, valid) {
        const double all = log_sum(logits + p, grid, channels);
        double by_probability[CK_MOST_CLASSES], mean = 0, wanted = 0;
        for (int k = 0; k < channels; k++) {
            const double t = targets[k * count + i];
            by_probability[k] = k > 0 ? top[k] / (bottom[k] * bottom[k]) - 2 * t / bottom[k] : 0;
            mean += by_probability[k] * exp(logits[k * volume + p] - all);
            wanted += t;
        }
        for (int k = 0; k < channels; k++) {
            const double probability = exp(logits[k * volume + p] - all);
            gradient[k * volume + p] = (float)(dice_weight * probability * (by_probability[k] - mean) +
                                               entropy_weight * (wanted * probability - targets[k * count + i]));
        }
    }
}
