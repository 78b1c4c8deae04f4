#ifndef PLATEAU_CK_NORM_H
#define PLATEAU_CK_NORM_H

// Normalisation of one channel over `groups` runs of `positions` values, each run `stride` floats after the one before:
// batch norm passes N groups with stride C·P; instance norm calls once per sample and channel with one group.
struct ck_norm_span {
    int groups, positions;
    long stride;
};

// y = gamma·(x − mean)/sqrt(var + eps) + beta. Writes the mean, the biased variance and 1/sqrt(var + eps).
void ck_norm_forward(float *y, float *mean, float *variance, float *inverse_deviation, const float *x, float gamma,
                     float beta, float eps, const struct ck_norm_span *span);
// The same with given statistics.
void ck_norm_apply(float *y, const float *x, float mean, float variance, float gamma, float beta, float eps,
                   const struct ck_norm_span *span);
// dx is overwritten; dgamma and dbeta are added to.
void ck_norm_backward(float *dx, float *dgamma, float *dbeta, const float *dy, const float *x, float mean,
                      float inverse_deviation, float gamma, const struct ck_norm_span *span);

#endif
