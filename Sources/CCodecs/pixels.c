#include "CCodecs.h"

// Loops over every pixel of a data set: here, as Swift without optimisation takes a minute for what C does in seconds.

void plateau_grey(uint8_t *grey, const uint8_t *rgb, size_t count) {
    for (size_t i = 0; i < count; i++) {
        grey[i] = (uint8_t)((299u * rgb[3 * i] + 587u * rgb[3 * i + 1] + 114u * rgb[3 * i + 2] + 500u) / 1000u);
    }
}

size_t plateau_count_from(uint8_t threshold, const uint8_t *bytes, size_t count) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += bytes[i] >= threshold;
    return found;
}
