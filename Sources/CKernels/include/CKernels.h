#ifndef PLATEAU_CKERNELS_H
#define PLATEAU_CKERNELS_H

#include <stddef.h>

// Single-threaded kernels on fp32, row-major buffers that the caller owns. None allocates; none keeps state. Sizes are
// checked by the Swift side; here they are asserted. Dimensions: N samples, C input channels, K output channels, H and
// W height and width, P = H·W positions.

#include "ck_adam.h"
#include "ck_blocked_conv.h"
#include "ck_blocked_norm.h"
#include "ck_grid.h"
#include "ck_half_conv.h"
#include "ck_isa.h"
#include "ck_loss.h"
#include "ck_lstm.h"
#include "ck_math.h"
#include "ck_planar_conv.h"
#include "ck_planar_norm.h"
#include "ck_polyphase.h"
#include "ck_winograd.h"

#endif
