// Exponential and logarithms of 16 floats. Part of the body of a kernel, see ck_each_isa.h. Polynomials and reductions
// are those of the Cephes library (expf, logf); no branches, no tables. The bounds are checked by VectorMathTests.

// e^x within 2 ulp, denormal results included; 0 and infinity where they don't fit; NaN stays NaN.
CK_INLINE v16 CK_NAME(exp)(v16 x) {
    x = x < -105.0f ? (v16)-105.0f : x;
    x = x > 90.0f ? (v16)90.0f : x;
    // Adding 1.5·2^23 rounds to an integer, in the low bits of the mantissa.
    const float shift = 12582912.0f;
    const v16 shifted = x * 1.44269504088896341f + shift;
    const i16 k = (i16)shifted - (i16)(v16)shift;
    const v16 n = shifted - shift;
    v16 r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    v16 p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    // By halves of the exponent: 2^k itself may be out of range.
    const i16 half = k >> 1;
    return p * (v16)((half + 127) << 23) * (v16)((k - half + 127) << 23);
}

// log(1 + x) within 2 ulp for 0 <= x <= 1; NaN stays NaN. A minimax polynomial of log(1 + x)/x, off by 6e-9 at most.
CK_INLINE v16 CK_NAME(log1p_unit)(v16 x) {
    v16 p = x * -3.31843291e-3f + 2.02044067e-2f;
    p = p * x - 5.76641104e-2f;
    p = p * x + 1.06805212e-1f;
    p = p * x - 1.53553766e-1f;
    p = p * x + 1.96953938e-1f;
    p = p * x - 2.49585861e-1f;
    p = p * x + 3.33305112e-1f;
    p = p * x - 4.99999328e-1f;
    return x + x * (x * p);
}

// log(x) within 2 ulp for normal x > 0; infinity and NaN stay what they are.
CK_INLINE v16 CK_NAME(log)(v16 x) {
    // x = m·2^k with m in [√½, √2): 0x3f3504f3 is √½.
    const i16 k = ((i16)x - 0x3f3504f3) >> 23;
    const v16 n = __builtin_convertvector(k, v16);
    const v16 r = (v16)((i16)x - (k << 23)) - 1.0f;
    v16 p = r * 7.0376836292e-2f - 1.1514610310e-1f;
    p = p * r + 1.1676998740e-1f;
    p = p * r - 1.2420140846e-1f;
    p = p * r + 1.4249322787e-1f;
    p = p * r - 1.6668057665e-1f;
    p = p * r + 2.0000714765e-1f;
    p = p * r - 2.4999993993e-1f;
    p = p * r + 3.3333331174e-1f;
    const v16 squared = r * r;
    v16 tail = r * squared * p;
    tail = tail - n * 2.12194440e-4f;
    tail = tail - squared * 0.5f;
    const v16 y = r + tail + n * 0.693359375f;
    return x < __builtin_inff() ? y : x;
}
