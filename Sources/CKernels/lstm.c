#include "ck_lstm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

// Every inner loop runs over consecutive gates or hidden units and carries no sum across its iterations, so the
// compiler vectorises it without reassociating: the result does not depend on the vector width. (Fused multiply-add
// rounds differently: results are the same on one kind of processor.) Matrices this small stay in the first-level
// cache, where calls to a BLAS would cost more than they save.

#define INLINE static inline __attribute__((always_inline))

// e^x to 2 ulp on [-87, 88], beyond which x is clamped; NaN stays NaN. Cody-Waite reduction to |r| <= ln 2 / 2, then
// the minimax polynomial of Cephes expf. Without branches, so that loops over it vectorise.
INLINE float exp_clamped(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    const float shift = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer in the low mantissa bits
    float rounded = x * 1.44269504088896341f + shift;
    int32_t bits;
    memcpy(&bits, &rounded, sizeof bits);
    float k = rounded - shift;
    float r = x - k * 0.693359375f;
    r = r + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t exponent = ((uint32_t)bits + 127u) << 23;
    float scale;
    memcpy(&scale, &exponent, sizeof scale);
    return p * scale;
}

INLINE float sigmoid_fast(float x) { return 1.0f / (1.0f + exp_clamped(-x)); }

INLINE float tanh_fast(float x) { return 2.0f / (1.0f + exp_clamped(-2.0f * x)) - 1.0f; }

INLINE void add_scaled(float *restrict to, const float *restrict from, float factor, int count) {
    for (int i = 0; i < count; i++) to[i] += factor * from[i];
}

// to += the sum over k of factors[k] * rows[k], rows being (count,width). Sums of so many columns stay in registers
// over all k; each is added up in the order of k.
enum { COLUMNS = 64 };
INLINE void add_products(float *restrict to, const float *restrict rows, const float *restrict factors, int count,
                         int width) {
    int first = 0;
    for (; first + COLUMNS <= width; first += COLUMNS) {
        float sums[COLUMNS];
        memcpy(sums, to + first, sizeof sums);
        for (int k = 0; k < count; k++)
            for (int i = 0; i < COLUMNS; i++) sums[i] += factors[k] * rows[(size_t)k * width + first + i];
        memcpy(to + first, sums, sizeof sums);
    }
    for (int k = 0; k < count; k++) add_scaled(to + first, rows + (size_t)k * width + first, factors[k], width - first);
}

INLINE void transpose(float *restrict to, const float *restrict from, int rows, int columns) {
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) to[(size_t)c * rows + r] = from[(size_t)r * columns + c];
}

INLINE void add_transposed(float *restrict to, const float *restrict from, int rows, int columns) {
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++) to[(size_t)r * columns + c] += from[(size_t)c * rows + r];
}

// Forward needs both weight matrices transposed and the summed bias; backward both gradients transposed, the gates'
// gradient and two hidden-sized carries.
size_t ck_lstm_workspace(int I, int H) { return (size_t)4 * H * (I + H + 1) + (size_t)4 * H; }

#define FORWARD_PARAMETERS                                                                                             \
    float *hidden, float *cell, float *gates, const float *input, const int32_t *lengths, const float *weight_ih,      \
        const float *weight_hh, const float *bias_ih, const float *bias_hh, float *workspace, int N, int T, int I,     \
        int H
#define FORWARD_ARGUMENTS                                                                                              \
    hidden, cell, gates, input, lengths, weight_ih, weight_hh, bias_ih, bias_hh, workspace, N, T, I, H
#define BACKWARD_PARAMETERS                                                                                            \
    float *d_weight_ih, float *d_weight_hh, float *d_bias, const float *d_hidden, const float *hidden,                 \
        const float *cell, const float *gates, const float *input, const int32_t *lengths, const float *weight_hh,     \
        float *workspace, int N, int T, int I, int H
#define BACKWARD_ARGUMENTS                                                                                             \
    d_weight_ih, d_weight_hh, d_bias, d_hidden, hidden, cell, gates, input, lengths, weight_hh, workspace, N, T, I, H

INLINE void forward_body(FORWARD_PARAMETERS) {
    const int G = 4 * H;
    float *by_input = workspace;                 // (I,G)
    float *by_hidden = by_input + (size_t)I * G; // (H,G)
    float *bias = by_hidden + (size_t)H * G;     // (G)
    transpose(by_input, weight_ih, G, I);
    transpose(by_hidden, weight_hh, G, H);
    for (int j = 0; j < G; j++) bias[j] = bias_ih[j] + bias_hh[j];
    for (int n = 0; n < N; n++) {
        assert(lengths[n] >= 1 && lengths[n] <= T);
        for (int t = 0; t < lengths[n]; t++) {
            const size_t step = (size_t)n * T + t;
            const float *x = input + step * I;
            float *restrict z = gates + step * G;
            float *restrict c = cell + step * H;
            float *restrict h = hidden + step * H;
            memcpy(z, bias, sizeof(float) * G);
            add_products(z, by_input, x, I, G);
            if (t > 0) add_products(z, by_hidden, h - H, H, G);
            for (int j = 0; j < 2 * H; j++) z[j] = sigmoid_fast(z[j]);
            for (int j = 2 * H; j < 3 * H; j++) z[j] = tanh_fast(z[j]);
            for (int j = 3 * H; j < G; j++) z[j] = sigmoid_fast(z[j]);
            for (int j = 0; j < H; j++) c[j] = z[j] * z[2 * H + j];
            if (t > 0)
                for (int j = 0; j < H; j++) c[j] += z[H + j] * (c - H)[j];
            for (int j = 0; j < H; j++) h[j] = z[3 * H + j] * tanh_fast(c[j]);
        }
        const size_t padding = (size_t)(T - lengths[n]);
        const size_t first = (size_t)n * T + lengths[n];
        memset(hidden + first * H, 0, sizeof(float) * padding * H);
        memset(cell + first * H, 0, sizeof(float) * padding * H);
        memset(gates + first * G, 0, sizeof(float) * padding * G);
    }
}

INLINE void backward_body(BACKWARD_PARAMETERS) {
    const int G = 4 * H;
    float *by_input = workspace;                         // (I,G)
    float *by_hidden = by_input + (size_t)I * G;         // (H,G)
    float *restrict d_gates = by_hidden + (size_t)H * G; // (G), before the activations
    float *restrict d_h = d_gates + G;                   // (H), carried from the step after
    float *restrict d_c = d_h + H;                       // (H), carried from the step after
    memset(by_input, 0, sizeof(float) * (size_t)G * (I + H));
    for (int n = 0; n < N; n++) {
        memset(d_h, 0, sizeof(float) * H);
        memset(d_c, 0, sizeof(float) * H);
        for (int t = lengths[n] - 1; t >= 0; t--) {
            const size_t step = (size_t)n * T + t;
            const float *z = gates + step * G;
            const float *c = cell + step * H;
            const float *h = hidden + step * H;
            const float *dy = d_hidden + step * H;
            for (int j = 0; j < H; j++) {
                const float i = z[j], f = z[H + j], g = z[2 * H + j], o = z[3 * H + j];
                const float squashed = tanh_fast(c[j]);
                const float dh = dy[j] + d_h[j];
                const float dc = d_c[j] + dh * o * (1.0f - squashed * squashed);
                d_gates[j] = dc * g * i * (1.0f - i);
                d_gates[2 * H + j] = dc * i * (1.0f - g * g);
                d_gates[3 * H + j] = dh * squashed * o * (1.0f - o);
                d_gates[H + j] = dc * f * (1.0f - f); // times the cell before, below
                d_c[j] = dc * f;
            }
            if (t > 0)
                for (int j = 0; j < H; j++) d_gates[H + j] *= (c - H)[j];
            else
                memset(d_gates + H, 0, sizeof(float) * H);
            const float *x = input + step * I;
            for (int k = 0; k < I; k++) add_scaled(by_input + (size_t)k * G, d_gates, x[k], G);
            for (int j = 0; j < G; j++) d_bias[j] += d_gates[j];
            if (t == 0) break;
            for (int k = 0; k < H; k++) add_scaled(by_hidden + (size_t)k * G, d_gates, (h - H)[k], G);
            memset(d_h, 0, sizeof(float) * H);
            for (int j = 0; j < G; j++) add_scaled(d_h, weight_hh + (size_t)j * H, d_gates[j], H);
        }
    }
    add_transposed(d_weight_ih, by_input, G, I);
    add_transposed(d_weight_hh, by_hidden, G, H);
}

#if defined(__x86_64__)
#define TARGET_512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))
#define TARGET_256 __attribute__((target("avx2,fma")))
TARGET_512 static void forward_avx512(FORWARD_PARAMETERS) { forward_body(FORWARD_ARGUMENTS); }
TARGET_256 static void forward_avx2(FORWARD_PARAMETERS) { forward_body(FORWARD_ARGUMENTS); }
TARGET_512 static void backward_avx512(BACKWARD_PARAMETERS) { backward_body(BACKWARD_ARGUMENTS); }
TARGET_256 static void backward_avx2(BACKWARD_PARAMETERS) { backward_body(BACKWARD_ARGUMENTS); }

static int has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
}

static int has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

void ck_lstm_forward(FORWARD_PARAMETERS) {
#if defined(__x86_64__)
    if (has_avx512()) return forward_avx512(FORWARD_ARGUMENTS);
    if (has_avx2()) return forward_avx2(FORWARD_ARGUMENTS);
#endif
    forward_body(FORWARD_ARGUMENTS);
}

void ck_lstm_backward(BACKWARD_PARAMETERS) {
#if defined(__x86_64__)
    if (has_avx512()) return backward_avx512(BACKWARD_ARGUMENTS);
    if (has_avx2()) return backward_avx2(BACKWARD_ARGUMENTS);
#endif
    backward_body(BACKWARD_ARGUMENTS);
}

static float sigmoid_naive(float x) { return 1.0f / (1.0f + expf(-x)); }

void ck_lstm_forward_naive(FORWARD_PARAMETERS) {
    (void)workspace;
    const int G = 4 * H;
    for (int n = 0; n < N; n++) {
        for (int t = 0; t < T; t++) {
            const size_t step = (size_t)n * T + t;
            const float *x = input + step * I;
            float *z = gates + step * G, *c = cell + step * H, *h = hidden + step * H;
            const int real = t < lengths[n];
            for (int j = 0; j < G; j++) {
                float sum = bias_ih[j] + bias_hh[j];
                for (int k = 0; k < I; k++) sum += weight_ih[(size_t)j * I + k] * x[k];
                for (int k = 0; k < H && t > 0; k++) sum += weight_hh[(size_t)j * H + k] * (h - H)[k];
                const int is_cell = j >= 2 * H && j < 3 * H;
                z[j] = real ? (is_cell ? tanhf(sum) : sigmoid_naive(sum)) : 0.0f;
            }
            for (int j = 0; j < H; j++) {
                c[j] = z[j] * z[2 * H + j] + (t > 0 ? z[H + j] * (c - H)[j] : 0.0f);
                h[j] = z[3 * H + j] * tanhf(c[j]);
            }
        }
    }
}

void ck_lstm_backward_naive(BACKWARD_PARAMETERS) {
    const int G = 4 * H;
    float *d_gates = workspace, *d_h = d_gates + G, *d_c = d_h + H;
    for (int n = 0; n < N; n++) {
        for (int j = 0; j < H; j++) d_h[j] = d_c[j] = 0.0f;
        for (int t = lengths[n] - 1; t >= 0; t--) {
            const size_t step = (size_t)n * T + t;
            const float *x = input + step * I, *z = gates + step * G, *c = cell + step * H, *h = hidden + step * H;
            for (int j = 0; j < H; j++) {
                const float i = z[j], f = z[H + j], g = z[2 * H + j], o = z[3 * H + j];
                const float before = t > 0 ? (c - H)[j] : 0.0f;
                const float dh = d_hidden[step * H + j] + d_h[j];
                const float dc = d_c[j] + dh * o * (1.0f - tanhf(c[j]) * tanhf(c[j]));
                d_gates[j] = dc * g * i * (1.0f - i);
                d_gates[H + j] = dc * before * f * (1.0f - f);
                d_gates[2 * H + j] = dc * i * (1.0f - g * g);
                d_gates[3 * H + j] = dh * tanhf(c[j]) * o * (1.0f - o);
                d_c[j] = dc * f;
            }
            for (int k = 0; k < H; k++) d_h[k] = 0.0f;
            for (int j = 0; j < G; j++) {
                d_bias[j] += d_gates[j];
                for (int k = 0; k < I; k++) d_weight_ih[(size_t)j * I + k] += d_gates[j] * x[k];
                for (int k = 0; k < H; k++) {
                    d_weight_hh[(size_t)j * H + k] += d_gates[j] * (t > 0 ? (h - H)[k] : 0.0f);
                    d_h[k] += d_gates[j] * weight_hh[(size_t)j * H + k];
                }
            }
        }
    }
}

void ck_lstm_head_forward(float *output, const float *rows, const float *weight, const float *bias, int R, int H,
                          int O) {
    for (int r = 0; r < R; r++)
        for (int o = 0; o < O; o++) {
            float sum = bias[o];
            for (int k = 0; k < H; k++) sum += weight[(size_t)o * H + k] * rows[(size_t)r * H + k];
            output[(size_t)r * O + o] = sum;
        }
}

void ck_lstm_head_backward(float *d_rows, float *d_weight, float *d_bias, const float *d_output, const float *rows,
                           const float *weight, int R, int H, int O) {
    for (int r = 0; r < R; r++)
        for (int o = 0; o < O; o++) {
            const float d = d_output[(size_t)r * O + o];
            d_bias[o] += d;
            add_scaled(d_weight + (size_t)o * H, rows + (size_t)r * H, d, H);
            add_scaled(d_rows + (size_t)r * H, weight + (size_t)o * H, d, H);
        }
}
