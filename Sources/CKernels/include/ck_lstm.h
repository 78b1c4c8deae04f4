#ifndef PLATEAU_CK_LSTM_H
#define PLATEAU_CK_LSTM_H

// A uni-directional LSTM layer over one sequence (Hochreiter & Schmidhuber 1997, with PyTorch's parameters): T steps,
// I inputs, H hidden units; gates in the order i, f, g, o. State before the first step is zero.
struct ck_lstm_shape {
    int T, I, H;
};

// hidden and cell are (T,H), gates (T,4H) after their activations, x (T,I), w_ih (4H,I), w_hh (4H,H), biases (4H).
void ck_lstm_forward(float *hidden, float *cell, float *gates, const float *x, const float *w_ih, const float *w_hh,
                     const float *b_ih, const float *b_hh, const struct ck_lstm_shape *s);
// Back through time from dhidden (T,H), the loss's own gradient at each step. The parameters' gradients are added to;
// db serves both biases. scratch is 6·H floats.
void ck_lstm_backward(float *dw_ih, float *dw_hh, float *db, const float *dhidden, const float *hidden,
                      const float *cell, const float *gates, const float *x, const float *w_hh, float *scratch,
                      const struct ck_lstm_shape *s);

#endif
