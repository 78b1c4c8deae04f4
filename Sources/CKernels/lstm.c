#include "CKernels.h"
#include "ck_simd.h"

#include <math.h>
#include <string.h>

static float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

CK_SIMD static float dot(const float *a, const float *b, int n) {
    float sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

CK_SIMD static void add_scaled(float *y, const float *x, float scale, int n) {
    for (int i = 0; i < n; i++) y[i] += scale * x[i];
}

void ck_lstm_forward(float *hidden, float *cell, float *gates, const float *x, const float *w_ih, const float *w_hh,
                     const float *b_ih, const float *b_hh, const struct ck_lstm_shape *s) {
    const int H = s->H;
    for (int t = 0; t < s->T; t++) {
        const float *before = t ? hidden + (size_t)(t - 1) * H : NULL;
        float *gate = gates + (size_t)t * 4 * H;
        for (int r = 0; r < 4 * H; r++) {
            float z = b_ih[r] + b_hh[r] + dot(w_ih + (size_t)r * s->I, x + (size_t)t * s->I, s->I);
            if (before) z += dot(w_hh + (size_t)r * H, before, H);
            gate[r] = r / H == 2 ? tanhf(z) : sigmoid(z);
        }
        for (int h = 0; h < H; h++) {
            const float carried = t ? gate[H + h] * cell[(size_t)(t - 1) * H + h] : 0;
            const float c = carried + gate[h] * gate[2 * H + h];
            cell[(size_t)t * H + h] = c;
            hidden[(size_t)t * H + h] = gate[3 * H + h] * tanhf(c);
        }
    }
}

void ck_lstm_backward(float *dw_ih, float *dw_hh, float *db, const float *dhidden, const float *hidden,
                      const float *cell, const float *gates, const float *x, const float *w_hh, float *scratch,
                      const struct ck_lstm_shape *s) {
    const int H = s->H;
    float *dh = scratch, *dc = scratch + H, *dz = scratch + 2 * H;
    memset(scratch, 0, sizeof(float) * 2 * H);
    for (int t = s->T - 1; t >= 0; t--) {
        const float *gate = gates + (size_t)t * 4 * H;
        for (int h = 0; h < H; h++) {
            const float i = gate[h], f = gate[H + h], g = gate[2 * H + h], o = gate[3 * H + h];
            const float squashed = tanhf(cell[(size_t)t * H + h]);
            const float total = dh[h] + dhidden[(size_t)t * H + h];
            const float into_cell = dc[h] + total * o * (1 - squashed * squashed);
            const float before = t ? cell[(size_t)(t - 1) * H + h] : 0;
            dz[h] = into_cell * g * i * (1 - i);
            dz[H + h] = into_cell * before * f * (1 - f);
            dz[2 * H + h] = into_cell * i * (1 - g * g);
            dz[3 * H + h] = total * squashed * o * (1 - o);
            dc[h] = into_cell * f;
        }
        memset(dh, 0, sizeof(float) * H);
        for (int r = 0; r < 4 * H; r++) {
            db[r] += dz[r];
            add_scaled(dw_ih + (size_t)r * s->I, x + (size_t)t * s->I, dz[r], s->I);
            if (t) {
                add_scaled(dw_hh + (size_t)r * H, hidden + (size_t)(t - 1) * H, dz[r], H);
                add_scaled(dh, w_hh + (size_t)r * H, dz[r], H);
            }
        }
    }
}
