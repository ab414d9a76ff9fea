/* Layers of one sample in C99. The formats h and js take the functions that a network needs from here; js translates
   them by a few replacements, so they use: for, if, the types int, float, sum_t and weight_t, and functions of math.h.
   AT(w, row, columns, column) reads a weight. */

static inline void dense(const float *x, float *y, weight_t w, const float *b, int rows, int features, int units)
{
    for (int r = 0; r < rows; r++) {
        for (int j = 0; j < units; j++) {
            sum_t s = b ? b[j] : 0;
            for (int i = 0; i < features; i++)
                s += x[r * features + i] * AT(w, i, units, j);
            y[r * units + j] = (float)s;
        }
    }
}

static inline void conv2d(const float *x, float *y, weight_t w, const float *b, int height, int width, int channels,
                          int rows, int columns, int filters, int size_r, int stride_r, int before_r, int dilation_r,
                          int size_c, int stride_c, int before_c, int dilation_c, int groups)
{
    int of_group = channels / groups;
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            for (int f = 0; f < filters; f++) {
                int first = ((f * groups - f * groups % filters) / filters) * of_group;
                sum_t s = b ? b[f] : 0;
                for (int i = 0; i < size_r; i++) {
                    int row = r * stride_r + i * dilation_r - before_r;
                    if (row < 0 || row >= height)
                        continue;
                    for (int j = 0; j < size_c; j++) {
                        int column = c * stride_c + j * dilation_c - before_c;
                        if (column < 0 || column >= width)
                            continue;
                        for (int k = 0; k < of_group; k++)
                            s += x[(row * width + column) * channels + first + k] *
                                 AT(w, (i * size_c + j) * of_group + k, filters, f);
                    }
                }
                y[(r * columns + c) * filters + f] = (float)s;
            }
        }
    }
}

static inline void max_pool2d(const float *x, float *y, int height, int width, int channels, int rows, int columns,
                              int size_r, int stride_r, int before_r, int size_c, int stride_c, int before_c)
{
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            for (int k = 0; k < channels; k++) {
                float largest = -INFINITY;
                for (int i = 0; i < size_r; i++) {
                    int row = r * stride_r + i - before_r;
                    for (int j = 0; j < size_c; j++) {
                        int column = c * stride_c + j - before_c;
                        if (row >= 0 && row < height && column >= 0 && column < width)
                            largest = fmaxf(largest, x[(row * width + column) * channels + k]);
                    }
                }
                y[(r * columns + c) * channels + k] = largest;
            }
        }
    }
}

static inline void avg_pool2d(const float *x, float *y, int height, int width, int channels, int rows, int columns,
                              int size_r, int stride_r, int before_r, int size_c, int stride_c, int before_c)
{
    for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
            for (int k = 0; k < channels; k++) {
                sum_t s = 0;
                int pixels = 0;
                for (int i = 0; i < size_r; i++) {
                    int row = r * stride_r + i - before_r;
                    for (int j = 0; j < size_c; j++) {
                        int column = c * stride_c + j - before_c;
                        if (row >= 0 && row < height && column >= 0 && column < width) {
                            s += x[(row * width + column) * channels + k];
                            pixels++;
                        }
                    }
                }
                y[(r * columns + c) * channels + k] = (float)(s / pixels);
            }
        }
    }
}

static inline void global_avg_pool2d(const float *x, float *y, int pixels, int channels)
{
    for (int k = 0; k < channels; k++) {
        sum_t s = 0;
        for (int i = 0; i < pixels; i++)
            s += x[i * channels + k];
        y[k] = (float)(s / pixels);
    }
}

static inline void batch_norm(const float *x, float *y, const float *scale, const float *shift, const float *mean,
                              const float *variance, int rows, int channels, float epsilon)
{
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < channels; k++)
            y[r * channels + k] =
                scale[k] * (x[r * channels + k] - mean[k]) / sqrtf(variance[k] + epsilon) + shift[k];
}

static inline void layer_norm(const float *x, float *y, const float *scale, const float *shift, int rows,
                              int features, float epsilon)
{
    for (int r = 0; r < rows; r++) {
        sum_t mean = 0;
        sum_t variance = 0;
        for (int k = 0; k < features; k++)
            mean += x[r * features + k] / (sum_t)features;
        for (int k = 0; k < features; k++)
            variance += (x[r * features + k] - mean) * (x[r * features + k] - mean) / (sum_t)features;
        for (int k = 0; k < features; k++)
            y[r * features + k] =
                (float)(scale[k] * (x[r * features + k] - mean) / sqrt(variance + epsilon) + shift[k]);
    }
}

static inline void softmax(const float *x, float *y, int rows, int classes)
{
    for (int r = 0; r < rows; r++) {
        float largest = x[r * classes];
        sum_t s = 0;
        for (int k = 1; k < classes; k++)
            largest = fmaxf(largest, x[r * classes + k]);
        for (int k = 0; k < classes; k++) {
            y[r * classes + k] = expf(x[r * classes + k] - largest);
            s += y[r * classes + k];
        }
        for (int k = 0; k < classes; k++)
            y[r * classes + k] = (float)(y[r * classes + k] / s);
    }
}

static inline void log_softmax(const float *x, float *y, int rows, int classes)
{
    for (int r = 0; r < rows; r++) {
        float largest = x[r * classes];
        sum_t s = 0;
        for (int k = 1; k < classes; k++)
            largest = fmaxf(largest, x[r * classes + k]);
        for (int k = 0; k < classes; k++)
            s += expf(x[r * classes + k] - largest);
        for (int k = 0; k < classes; k++)
            y[r * classes + k] = (float)(x[r * classes + k] - largest - log(s));
    }
}

static inline void prelu(const float *x, float *y, const float *slopes, int rows, int features)
{
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < features; k++)
            y[r * features + k] = x[r * features + k] > 0 ? x[r * features + k] : slopes[k] * x[r * features + k];
}

static inline void embedding(const float *x, float *y, weight_t w, int steps, int vocabulary, int units, int padding)
{
    for (int t = 0; t < steps; t++)
        for (int j = 0; j < units; j++)
            y[t * units + j] = x[t] == padding || x[t] < 0 || x[t] >= vocabulary ? 0 : AT(w, (int)x[t], units, j);
}

static inline void is_not(const float *x, float *y, int steps, int value)
{
    for (int t = 0; t < steps; t++)
        y[t] = x[t] == value ? 0 : 1;
}

static inline void any_is_not(const float *x, float *y, int steps, int features, float value)
{
    for (int t = 0; t < steps; t++) {
        y[t] = 0;
        for (int k = 0; k < features; k++)
            if (x[t * features + k] != value)
                y[t] = 1;
    }
}

static inline void both(const float *x, const float *other, float *y, int steps)
{
    for (int t = 0; t < steps; t++)
        y[t] = x[t] * other[t];
}

static inline void lstm(const float *x, const float *mask, float *y, weight_t w, weight_t u, const float *b, int time,
                        int features, int units, int return_sequences, float *work)
{
    /* work: the four gates, cells, outputs */
    int gates = 4 * units;
    for (int j = 0; j < 6 * units; j++)
        work[j] = 0;
    for (int t = 0; t < time; t++) {
        int real = mask ? mask[t] > 0 : 1;
        for (int j = 0; j < gates; j++) {
            sum_t s = b[j];
            for (int i = 0; i < features; i++)
                s += x[t * features + i] * AT(w, i, gates, j);
            for (int i = 0; i < units; i++)
                s += work[5 * units + i] * AT(u, i, gates, j);
            work[j] = (float)(j >= 2 * units && j < 3 * units ? tanh(s) : tanh(s / 2) / 2 + 0.5);
        }
        for (int j = 0; j < units; j++) {
            if (real) {
                work[gates + j] = work[units + j] * work[gates + j] + work[j] * work[2 * units + j];
                work[5 * units + j] = work[3 * units + j] * tanhf(work[gates + j]);
            }
            if (return_sequences)
                y[t * units + j] = real ? work[5 * units + j] : 0;
        }
    }
    if (!return_sequences)
        for (int j = 0; j < units; j++)
            y[j] = work[5 * units + j];
}

static inline void gru(const float *x, const float *mask, float *y, weight_t w, weight_t u, const float *b,
                       const float *recurrent_b, int time, int features, int units, int return_sequences, float *work)
{
    /* work: r, z, n, and the outputs */
    int gates = 3 * units;
    for (int j = 0; j < 4 * units; j++)
        work[j] = 0;
    for (int t = 0; t < time; t++) {
        int real = mask ? mask[t] > 0 : 1;
        for (int j = 0; j < gates; j++) {
            sum_t s = b[j];
            sum_t q = j < 2 * units ? 0 : recurrent_b[j - 2 * units];
            for (int i = 0; i < features; i++)
                s += x[t * features + i] * AT(w, i, gates, j);
            for (int i = 0; i < units; i++)
                q += work[gates + i] * AT(u, i, gates, j);
            work[j] = (float)(j < 2 * units ? tanh((s + q) / 2) / 2 + 0.5 : tanh(s + work[j - 2 * units] * q));
        }
        for (int j = 0; j < units; j++) {
            if (real)
                work[gates + j] =
                    (1 - work[units + j]) * work[2 * units + j] + work[units + j] * work[gates + j];
            if (return_sequences)
                y[t * units + j] = real ? work[gates + j] : 0;
        }
    }
    if (!return_sequences)
        for (int j = 0; j < units; j++)
            y[j] = work[gates + j];
}

static inline void self_attention(const float *x, const float *mask, float *y, weight_t w, const float *b, weight_t o,
                                  const float *output_b, int time, int features, int heads, int causal, float *work)
{
    /* work: queries, keys and values of each step; what the heads see; the attention of one step */
    int all = 3 * features;
    int size = features / heads;
    int mixed = time * all;
    int attention = mixed + time * features;
    for (int t = 0; t < time; t++) {
        for (int j = 0; j < all; j++) {
            sum_t s = b ? b[j] : 0;
            for (int i = 0; i < features; i++)
                s += x[t * features + i] * AT(w, i, all, j);
            work[t * all + j] = (float)s;
        }
    }
    for (int h = 0; h < heads; h++) {
        for (int t = 0; t < time; t++) {
            float largest = -INFINITY;
            sum_t total = 0;
            for (int k = 0; k < time; k++) {
                sum_t s = 0;
                for (int i = 0; i < size; i++)
                    s += work[t * all + h * size + i] * work[k * all + features + h * size + i];
                work[attention + k] = (mask && !(mask[k] > 0)) || (causal && k > t) ? -INFINITY : (float)(s / sqrt(size));
                largest = fmaxf(largest, work[attention + k]);
            }
            for (int k = 0; k < time; k++) {
                /* Where nothing is left to look at, all weights are 0. */
                work[attention + k] = largest == -INFINITY ? 0 : expf(work[attention + k] - largest);
                total += work[attention + k];
            }
            for (int i = 0; i < size; i++) {
                sum_t s = 0;
                for (int k = 0; k < time; k++)
                    s += work[attention + k] * work[k * all + 2 * features + h * size + i];
                work[mixed + t * features + h * size + i] = total > 0 ? (float)(s / total) : 0;
            }
        }
    }
    for (int t = 0; t < time; t++) {
        for (int j = 0; j < features; j++) {
            sum_t s = output_b ? output_b[j] : 0;
            for (int i = 0; i < features; i++)
                s += work[mixed + t * features + i] * AT(o, i, features, j);
            y[t * features + j] = mask && !(mask[t] > 0) ? 0 : (float)s;
        }
    }
}

static inline void add(const float *x, const float *change, float *y, int size)
{
    for (int i = 0; i < size; i++)
        y[i] = x[i] + change[i];
}

static inline void columns_of(const float *x, float *y, int rows, int own, int all, int first)
{
    for (int r = 0; r < rows; r++)
        for (int k = 0; k < own; k++)
            y[r * all + first + k] = x[r * own + k];
}

static inline void copy(const float *x, float *y, int size)
{
    for (int i = 0; i < size; i++)
        y[i] = x[i];
}
