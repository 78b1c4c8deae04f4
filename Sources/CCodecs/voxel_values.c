#include "plateau_voxels.h"

#include <math.h>

void plateau_tally_image(const float *values, size_t count, struct plateau_image_tally *tally) {
    uint64_t zeros = 0, not_finite = 0;
    for (size_t i = 0; i < count; i++) {
        zeros += values[i] == 0;
        not_finite += !isfinite(values[i]);
    }
    tally->zeros += zeros;
    tally->not_finite += not_finite;
}

void plateau_tally_labels(const float *values, size_t count, struct plateau_label_tally *tally) {
    for (size_t i = 0; i < count; i++) {
        const float value = values[i], whole = rintf(value);
        // False for NaN as well.
        if (fabsf(value - whole) <= 0.001f && whole >= 0 && whole <= 255) {
            tally->counts[(uint8_t)whole]++;
        } else if (tally->others++ == 0) {
            tally->example = value;
        }
    }
}

void plateau_labels_from_values(uint8_t *out, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) out[i] = (uint8_t)rintf(values[i]);
}

void plateau_mask_nonzero(uint8_t *mask, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) mask[i] |= values[i] != 0;
}

void plateau_moments(const float *values, const uint8_t *mask, size_t count, double *mean, double *deviation) {
    double sum = 0, squares = 0;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (mask && !mask[i]) continue;
        sum += values[i];
        used++;
    }
    *mean = used ? sum / (double)used : 0;
    for (size_t i = 0; i < count; i++) {
        if (mask && !mask[i]) continue;
        squares += (values[i] - *mean) * (values[i] - *mean);
    }
    *deviation = used ? sqrt(squares / (double)used) : 0;
}

void plateau_standardize(float *values, const uint8_t *mask, size_t count, double mean, double factor, float limit) {
    for (size_t i = 0; i < count; i++) {
        const float value = (float)((values[i] - mean) * factor);
        const float clipped = value > limit ? limit : value < -limit ? -limit : value;
        values[i] = mask && !mask[i] ? 0 : clipped;
    }
}

static void widen(size_t box[6], size_t z, size_t y, size_t x) {
    const size_t place[3] = {z, y, x};
    for (int axis = 0; axis < 3; axis++) {
        if (place[axis] < box[axis]) box[axis] = place[axis];
        if (place[axis] + 1 > box[axis + 3]) box[axis + 3] = place[axis] + 1;
    }
}

// First and last voxel of each row are enough.
#define WIDEN                                                                                                          \
    for (size_t z = 0; z < depth; z++) {                                                                               \
        for (size_t y = 0; y < height; y++, row += width) {                                                            \
            size_t first = 0, last = width;                                                                            \
            while (first < width && row[first] == 0) first++;                                                          \
            if (first == width) continue;                                                                              \
            while (row[last - 1] == 0) last--;                                                                         \
            widen(box, z, y, first);                                                                                   \
            widen(box, z, y, last - 1);                                                                                \
        }                                                                                                              \
    }

void plateau_widen_box_values(size_t box[6], const float *row, size_t depth, size_t height, size_t width) { WIDEN }

void plateau_widen_box_labels(size_t box[6], const uint8_t *row, size_t depth, size_t height, size_t width){WIDEN}

uint64_t plateau_count_members(const uint8_t *labels, size_t count, const uint8_t members[256]) {
    uint64_t found = 0;
    for (size_t i = 0; i < count; i++) found += members[labels[i]];
    return found;
}

void plateau_sample_members(uint32_t *places, size_t wanted, uint64_t total, const uint8_t *labels, size_t count,
                            const uint8_t members[256]) {
    uint64_t seen = 0;
    size_t taken = 0;
    for (size_t i = 0; i < count && taken < wanted; i++) {
        if (!members[labels[i]]) continue;
        if (seen == (uint64_t)taken * total / wanted) places[taken++] = (uint32_t)i;
        seen++;
    }
}

void plateau_look_up(float *out, const uint8_t *labels, size_t count, const float values[256]) {
    for (size_t i = 0; i < count; i++) out[i] = values[labels[i]];
}
