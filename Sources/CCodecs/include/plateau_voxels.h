#ifndef PLATEAU_VOXELS_H
#define PLATEAU_VOXELS_H

#include <stddef.h>
#include <stdint.h>

// Loops over the voxels of volumes: here, as Swift without optimisation takes a minute for what C does in seconds.
// Shapes are D, H, W (z, y, x), x fastest, unless they are one-dimensional.

// NIfTI-1's datatype codes (nifti1.h, DT_…).
enum plateau_voxel_type {
    plateau_voxel_uint8 = 2,
    plateau_voxel_int16 = 4,
    plateau_voxel_int32 = 8,
    plateau_voxel_float32 = 16,
    plateau_voxel_float64 = 64,
    plateau_voxel_int8 = 256,
    plateau_voxel_uint16 = 512,
    plateau_voxel_uint32 = 768,
    plateau_voxel_int64 = 1024,
    plateau_voxel_uint64 = 1280,
};

// Bytes of a voxel; 0 for a type that is not of these.
size_t plateau_voxel_bytes(int type);
// out[i] = slope · in[i] + intercept, reckoned in double; `in` need not be aligned. `swapped`: big-endian.
void plateau_voxels_read(float *out, const uint8_t *in, size_t count, int type, int swapped, double slope,
                         double intercept);

// What an image's values are like; adds to what is there.
struct plateau_image_tally {
    uint64_t zeros, not_finite;
};
void plateau_tally_image(const float *values, size_t count, struct plateau_image_tally *tally);

// How often each label 0 to 255 occurs; adds to what is there. Values within 0.001 of a whole number are that number,
// as a scale factor may leave 1.0000003. `example` is the first value that is none.
struct plateau_label_tally {
    uint64_t counts[256], others;
    float example;
};
void plateau_tally_labels(const float *values, size_t count, struct plateau_label_tally *tally);
// To bytes; only for values that the tally counts.
void plateau_labels_from_values(uint8_t *out, const float *values, size_t count);

// mask[i] = 1 where the value is not zero; else unchanged.
void plateau_mask_nonzero(uint8_t *mask, const float *values, size_t count);
// Mean and standard deviation where `mask` is not 0, everywhere if it is null; 0 and 0 of nothing.
void plateau_moments(const float *values, const uint8_t *mask, size_t count, double *mean, double *deviation);
// values[i] = (values[i] - mean) · factor, at most `limit` from 0; 0 where `mask` is 0.
void plateau_standardize(float *values, const uint8_t *mask, size_t count, double mean, double factor, float limit);

// One axis of `in` [outer, from, inner] to `out` [outer, to, inner]: out = Σ_k weights[t · taps + k] · in[first[t] +
// k].
void plateau_resample_axis(float *out, const float *in, size_t outer, size_t to, size_t from, size_t inner,
                           const uint32_t *first, const float *weights, size_t taps);
// out[i] = 1 where the label is `value`, else 0.
void plateau_indicate(float *out, const uint8_t *labels, size_t count, uint8_t value);
// Where score[i] > best[i], both become the new ones.
void plateau_keep_best(uint8_t *labels, float *best, const float *score, size_t count, uint8_t value);

// Widens box = {z0, y0, x0, z1, y1, x1} (ends excluded) to what is not zero.
void plateau_widen_box_values(size_t box[6], const float *values, size_t depth, size_t height, size_t width);
void plateau_widen_box_labels(size_t box[6], const uint8_t *labels, size_t depth, size_t height, size_t width);

// IEEE 754 binary16, to nearest, ties to even; what is smaller than 2^-14 becomes 0, so that nothing depends on how the
// processor treats subnormal numbers. Finite values of at most 65504 only.
void plateau_to_half(uint16_t *out, const float *in, size_t count);
void plateau_from_half(float *out, const uint16_t *in, size_t count);

// The window of `size` (D, H, W) whose first voxel lies at `shift` in `in` of `extent`; 0 outside.
void plateau_window_half(float *out, const size_t size[3], const uint16_t *in, const size_t extent[3],
                         const int64_t shift[3]);
void plateau_window_labels(uint8_t *out, const size_t size[3], const uint8_t *in, const size_t extent[3],
                           const int64_t shift[3]);

// How many labels are of a class: members[label] is 1 for those.
uint64_t plateau_count_members(const uint8_t *labels, size_t count, const uint8_t members[256]);
// Of `total` members the places of `wanted` ≤ total, evenly taken: the ⌊k · total / wanted⌋-th for each k.
void plateau_sample_members(uint32_t *places, size_t wanted, uint64_t total, const uint8_t *labels, size_t count,
                            const uint8_t members[256]);
// out[i] = values[labels[i]].
void plateau_look_up(float *out, const uint8_t *labels, size_t count, const float values[256]);

#endif
