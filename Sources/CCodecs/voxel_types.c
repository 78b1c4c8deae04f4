#include "plateau_voxels.h"

#include <string.h>

size_t plateau_voxel_bytes(int type) {
    switch (type) {
    case plateau_voxel_uint8:
    case plateau_voxel_int8:
        return 1;
    case plateau_voxel_int16:
    case plateau_voxel_uint16:
        return 2;
    case plateau_voxel_int32:
    case plateau_voxel_uint32:
    case plateau_voxel_float32:
        return 4;
    case plateau_voxel_float64:
    case plateau_voxel_int64:
    case plateau_voxel_uint64:
        return 8;
    default:
        return 0;
    }
}

// `bits` is the unsigned type of the voxel's size, `swap` turns its bytes round.
#define READ(type, bits, swap)                                                                                         \
    for (size_t i = 0; i < count; i++) {                                                                               \
        bits word;                                                                                                     \
        memcpy(&word, in + i * sizeof word, sizeof word);                                                              \
        if (swapped) word = swap(word);                                                                                \
        type value;                                                                                                    \
        memcpy(&value, &word, sizeof value);                                                                           \
        out[i] = (float)(slope * (double)value + intercept);                                                           \
    }                                                                                                                  \
    break;
#define KEEP(word) (word)

void plateau_voxels_read(float *out, const uint8_t *in, size_t count, int type, int swapped, double slope,
                         double intercept) {
    switch (type) {
    case plateau_voxel_uint8:
        READ(uint8_t, uint8_t, KEEP)
    case plateau_voxel_int8:
        READ(int8_t, uint8_t, KEEP)
    case plateau_voxel_int16:
        READ(int16_t, uint16_t, __builtin_bswap16)
    case plateau_voxel_uint16:
        READ(uint16_t, uint16_t, __builtin_bswap16)
    case plateau_voxel_int32:
        READ(int32_t, uint32_t, __builtin_bswap32)
    case plateau_voxel_uint32:
        READ(uint32_t, uint32_t, __builtin_bswap32)
    case plateau_voxel_float32:
        READ(float, uint32_t, __builtin_bswap32)
    case plateau_voxel_float64:
        READ(double, uint64_t, __builtin_bswap64)
    case plateau_voxel_int64:
        READ(int64_t, uint64_t, __builtin_bswap64)
    case plateau_voxel_uint64:
        READ(uint64_t, uint64_t, __builtin_bswap64)
    default:
        break;
    }
}
