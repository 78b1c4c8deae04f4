// Uni-directional LSTM over padded batches of sequences, and the linear head on its hidden states.
//
// Dimensions: N sequences, T steps (padded length), I inputs, H hidden units, G = 4 H gates in the order input, forget,
// cell, output (PyTorch's). All arrays are contiguous, row-major, batch first. Sequence n has lengths[n] real steps,
// 1 <= lengths[n] <= T; steps from there on are padding: their hidden state is 0 and they get no gradient.
//
// weight_ih (G,I), weight_hh (G,H), bias_ih (G), bias_hh (G).
// hidden (N,T,H), cell (N,T,H), gates (N,T,G) after their activations: forward writes them, backward reads them.
//
// The initial hidden and cell states are 0. Results depend neither on N nor on the order of the sequences in forward;
// backward adds the sequences' gradients in their order.
#ifndef PLATEAU_CK_LSTM_H
#define PLATEAU_CK_LSTM_H

#include <stddef.h>
#include <stdint.h>

/// Floats of workspace that forward and backward need.
size_t ck_lstm_workspace(int I, int H);

void ck_lstm_forward(float *hidden, float *cell, float *gates, const float *input, const int32_t *lengths,
                     const float *weight_ih, const float *weight_hh, const float *bias_ih, const float *bias_hh,
                     float *workspace, int N, int T, int I, int H);

/// Adds to d_weight_ih (G,I), d_weight_hh (G,H) and d_bias (G), which is the gradient of either bias, given
/// d_hidden (N,T,H), the gradient of the loss by each hidden state as the head saw it. No gradient by the input.
void ck_lstm_backward(float *d_weight_ih, float *d_weight_hh, float *d_bias, const float *d_hidden, const float *hidden,
                      const float *cell, const float *gates, const float *input, const int32_t *lengths,
                      const float *weight_hh, float *workspace, int N, int T, int I, int H);

/// The same, written as the formulas stand: the algorithmic reference for the two above.
void ck_lstm_forward_naive(float *hidden, float *cell, float *gates, const float *input, const int32_t *lengths,
                           const float *weight_ih, const float *weight_hh, const float *bias_ih, const float *bias_hh,
                           float *workspace, int N, int T, int I, int H);
void ck_lstm_backward_naive(float *d_weight_ih, float *d_weight_hh, float *d_bias, const float *d_hidden,
                            const float *hidden, const float *cell, const float *gates, const float *input,
                            const int32_t *lengths, const float *weight_hh, float *workspace, int N, int T, int I,
                            int H);

/// output (R,O) = rows (R,H) weight (O,H)^T + bias (O).
void ck_lstm_head_forward(float *output, const float *rows, const float *weight, const float *bias, int R, int H,
                          int O);
/// Adds to d_rows (R,H), d_weight (O,H) and d_bias (O), given d_output (R,O).
void ck_lstm_head_backward(float *d_rows, float *d_weight, float *d_bias, const float *d_output, const float *rows,
                           const float *weight, int R, int H, int O);

#endif
