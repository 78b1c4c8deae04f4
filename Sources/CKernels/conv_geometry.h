// Where the taps of a convolution lead; see ck_blocked_conv.h.
#ifndef PLATEAU_CONV_GEOMETRY_H
#define PLATEAU_CONV_GEOMETRY_H

#include "ck_tile.h"
#include "ck_vector.h"
#include "include/ck_blocked_conv.h"

// A position of the narrow grid.
struct ck_place {
    int sample, d, h, w;
};

// Which of the wide positions that belong to one narrow position: 0 or 1 a dimension.
struct ck_phase {
    int d, h, w;
};

// The taps of the convolution where its input lies on `grid`: `position` numbers to a position, `tile` to a tap's
// weights.
CK_INLINE void ck_taps_forward(struct ck_tap *taps, const struct ck_conv *conv, const struct ck_grid *grid,
                               int position, int tile) {
    if (conv->kernel == 1) {
        taps[0] = (struct ck_tap){0, 0};
        return;
    }
    int t = 0;
    for (int d = conv->dims == 3 ? -1 : 0; d <= (conv->dims == 3 ? 1 : 0); d++) {
        for (int h = -1; h <= 1; h++) {
            for (int w = -1; w <= 1; w++, t++) {
                taps[t].x = (d * grid->plane + h * grid->row + w) * position;
                taps[t].w = t * tile;
            }
        }
    }
}

CK_INLINE int ck_phases(const struct ck_conv *conv) { return conv->stride == 1 ? 1 : conv->dims == 3 ? 8 : 4; }

CK_INLINE struct ck_phase ck_phase(const struct ck_conv *conv, int index) {
    if (conv->stride == 1) return (struct ck_phase){0, 0, 0};
    return (struct ck_phase){index >> 2, index >> 1 & 1, index & 1};
}

// In one dimension, wide position stride·p + phase is read by narrow position p + shift through tap t: those t in 0…2
// for which stride·(p + shift) + t − 1 = stride·p + phase.
CK_INLINE int ck_reaches(int t, int stride, int phase, int *shift) {
    const int apart = phase + 1 - t;
    if (apart % stride) return 0;
    *shift = apart / stride;
    return 1;
}

// The taps that lead to a phase, and how many they are, where the narrow tensor lies on `grid`.
CK_INLINE int ck_taps_adjoint(struct ck_tap *taps, const struct ck_conv *conv, struct ck_phase phase,
                              const struct ck_grid *grid, int position, int tile) {
    if (conv->kernel == 1) {
        taps[0] = (struct ck_tap){0, 0};
        return 1;
    }
    int count = 0, t = 0;
    for (int td = conv->dims == 3 ? 0 : 1; td <= (conv->dims == 3 ? 2 : 1); td++) {
        for (int th = 0; th < 3; th++) {
            for (int tw = 0; tw < 3; tw++, t++) {
                int d, h, w;
                if (!ck_reaches(td, conv->dims == 3 ? conv->stride : 1, phase.d, &d) ||
                    !ck_reaches(th, conv->stride, phase.h, &h) || !ck_reaches(tw, conv->stride, phase.w, &w))
                    continue;
                taps[count].x = (d * grid->plane + h * grid->row + w) * position;
                taps[count++].w = t * tile;
            }
        }
    }
    return count;
}

CK_INLINE struct ck_place ck_place(const struct ck_grid *grid, int index) {
    struct ck_place p;
    p.w = index % grid->W, index /= grid->W;
    p.h = index % grid->H, index /= grid->H;
    p.d = index % grid->D, p.sample = index / grid->D;
    return p;
}

// In floats.
CK_INLINE ptrdiff_t ck_narrow_position(const struct ck_conv *conv, struct ck_place p) {
    return ((ptrdiff_t)p.d * conv->narrow.plane + (ptrdiff_t)p.h * conv->narrow.row + p.w) * CK_LANES;
}

CK_INLINE ptrdiff_t ck_wide_position(const struct ck_conv *conv, struct ck_place p, struct ck_phase phase) {
    const int s = conv->stride, deep = conv->dims == 3 ? s : 1;
    return ((ptrdiff_t)(p.d * deep + phase.d) * conv->wide.plane + (ptrdiff_t)(p.h * s + phase.h) * conv->wide.row +
            p.w * s + phase.w) *
           CK_LANES;
}

#endif
