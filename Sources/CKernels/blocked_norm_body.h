// Rows of one block: p counts positions of 16 channels.

#define CK_EACH_ROW(row)                                                                                               \
    for (int r = first; r < last; r++)                                                                                 \
        for (ptrdiff_t                                                                                                 \
                 row = ((ptrdiff_t)(r / grid->H) * grid->plane + (ptrdiff_t)(r % grid->H) * grid->row) * CK_LANES,     \
                 once_ = 1;                                                                                            \
             once_; once_ = 0)

CK_INLINE void CK_NAME(add_to)(double *sum, v16 value) {
    for (int i = 0; i < CK_LANES; i++) sum[i] += (double)value[i];
}

CK_INLINE v16 CK_NAME(choose)(v16 z, v16 positive, v16 negative) { return z > 0 ? positive : negative; }

void CK_NAME(ck_norm_moments)(double *mean, double *squares, const float *y, const struct ck_grid *grid, int first,
                              int last) {
    const double count = (double)(last - first) * grid->W;
    double sum[CK_LANES] = {0};
    for (int i = 0; i < CK_LANES; i++) squares[i] = 0;
    // Rows are summed apart from their first value's magnitude: in fp32 only within a row.
    CK_EACH_ROW(row) {
        v16 a = 0, b = 0;
        int p = 0;
        for (; p + 2 <= grid->W; p += 2) {
            a += CK_LOAD(y + row + p * CK_LANES);
            b += CK_LOAD(y + row + p * CK_LANES + CK_LANES);
        }
        if (p < grid->W) a += CK_LOAD(y + row + p * CK_LANES);
        CK_NAME(add_to)(sum, a + b);
    }
    v16 centre;
    for (int i = 0; i < CK_LANES; i++) {
        mean[i] = sum[i] / count;
        centre[i] = (float)mean[i];
    }
    double rest[CK_LANES] = {0};
    CK_EACH_ROW(row) {
        v16 a = 0, b = 0, left = 0;
        int p = 0;
        for (; p + 2 <= grid->W; p += 2) {
            const v16 u = CK_LOAD(y + row + p * CK_LANES) - centre;
            const v16 v = CK_LOAD(y + row + p * CK_LANES + CK_LANES) - centre;
            a += u * u;
            b += v * v;
            left += u + v;
        }
        if (p < grid->W) {
            const v16 u = CK_LOAD(y + row + p * CK_LANES) - centre;
            a += u * u;
            left += u;
        }
        CK_NAME(add_to)(squares, a + b);
        CK_NAME(add_to)(rest, left);
    }
    // The centre was rounded to fp32, and so was each row's sum: both are made good.
    for (int i = 0; i < CK_LANES; i++) {
        const double off = rest[i] / count;
        mean[i] = (double)centre[i] + off;
        squares[i] -= off * off * count;
        if (squares[i] < 0) squares[i] = 0;
    }
}

void CK_NAME(ck_norm_act_forward)(float *out, const float *y, const float *add, const float *bias, const float *scale,
                                  const float *shift, float slope, const struct ck_grid *grid, int first, int last) {
    const v16 by = CK_LOAD(scale), plus = CK_LOAD(shift);
    if (add) {
        const v16 more = CK_LOAD(bias);
        CK_EACH_ROW(row) {
            for (int p = 0; p < grid->W; p++) {
                const v16 z = CK_LOAD(y + row + p * CK_LANES) * by + plus;
                CK_STORE(out + row + p * CK_LANES,
                         CK_NAME(choose)(z, z, z * slope) + (CK_LOAD(add + row + p * CK_LANES) + more));
            }
        }
    } else {
        CK_EACH_ROW(row) {
            for (int p = 0; p < grid->W; p++) {
                const v16 z = CK_LOAD(y + row + p * CK_LANES) * by + plus;
                CK_STORE(out + row + p * CK_LANES, CK_NAME(choose)(z, z, z * slope));
            }
        }
    }
}

void CK_NAME(ck_norm_act_sums)(double *sums, const float *dout, const float *y, const float *scale, const float *shift,
                               const float *mean, float slope, const struct ck_grid *grid, int first, int last) {
    const v16 by = CK_LOAD(scale), plus = CK_LOAD(shift), centre = CK_LOAD(mean), zero = 0;
    for (int i = 0; i < CK_NORM_SUMS; i++) sums[i] = 0;
    CK_EACH_ROW(row) {
        v16 out = 0, grad = 0, product = 0, slopes = 0;
        for (int p = 0; p < grid->W; p++) {
            const v16 value = CK_LOAD(y + row + p * CK_LANES), d = CK_LOAD(dout + row + p * CK_LANES);
            const v16 z = value * by + plus;
            const v16 g = CK_NAME(choose)(z, d, d * slope);
            out += d;
            grad += g;
            product += g * (value - centre);
            slopes += CK_NAME(choose)(z, zero, z * d);
        }
        CK_NAME(add_to)(sums, out);
        CK_NAME(add_to)(sums + CK_LANES, grad);
        CK_NAME(add_to)(sums + 2 * CK_LANES, product);
        CK_NAME(add_to)(sums + 3 * CK_LANES, slopes);
    }
}

void CK_NAME(ck_norm_act_backward)(float *dy, float *copy, const float *dout, const float *y, const float *scale,
                                   const float *shift, const float *mean, const float *factor, const float *offset,
                                   float slope, const struct ck_grid *grid, int first, int last) {
    const v16 by = CK_LOAD(scale), plus = CK_LOAD(shift), centre = CK_LOAD(mean);
    const v16 times = CK_LOAD(factor), start = CK_LOAD(offset);
    CK_EACH_ROW(row) {
        for (int p = 0; p < grid->W; p++) {
            const v16 value = CK_LOAD(y + row + p * CK_LANES), d = CK_LOAD(dout + row + p * CK_LANES);
            const v16 z = value * by + plus;
            const v16 g = CK_NAME(choose)(z, d, d * slope);
            if (copy) CK_STORE(copy + row + p * CK_LANES, d);
            CK_STORE(dy + row + p * CK_LANES, by * g + ((value - centre) * times + start));
        }
    }
}

#undef CK_EACH_ROW
