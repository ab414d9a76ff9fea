/* Functions that the transforms of rows call, in C99; the format js translates them like kernels.c. */

static inline int is_category(const char *text, const char *category)
{
    return text && strcmp(text, category) == 0;
}

static inline double month_of(double seconds)
{
    /* Months since January. Hinnant (2013), chrono-compatible low-level date algorithms: years begin in March. */
    double days = floor(seconds / 86400) + 719468;
    double era = days - floor(days / 146097) * 146097;
    double year = floor((era - floor(era / 1460) + floor(era / 36524) - floor(era / 146096)) / 365);
    double day = era - (365 * year + floor(year / 4) - floor(year / 100));
    double march = floor((5 * day + 2) / 153);
    return march < 10 ? march + 2 : march - 10;
}

static inline double weekday_of(double seconds)
{
    /* Days since Monday; 1 January 1970 was a Thursday. */
    double days = floor(seconds / 86400) + 3;
    return days - floor(days / 7) * 7;
}

static inline double hour_of(double seconds)
{
    return seconds / 3600 - floor(seconds / 86400) * 24;
}

static inline double share_below(double value, const double *quantiles, int count)
{
    /* Linear between the quantiles; a value that several of them have gets the middle of their shares. */
    int first = 0;
    int last = count - 1;
    if (value != value)
        return value;
    if (value <= quantiles[0])
        return 0;
    if (value >= quantiles[count - 1])
        return 1;
    while (quantiles[first + 1] < value)
        first++;
    while (quantiles[last - 1] > value)
        last--;
    if (quantiles[first + 1] == value)
        return (first + 1 + last - 1) / 2.0 / (count - 1);
    return (first + (value - quantiles[first]) / (quantiles[last] - quantiles[first])) / (count - 1);
}

static inline int hash_of(const char *text, int size)
{
    /* CRC-32 of the bytes of UTF-8, as zlib computes it. The format js has this function by its own text. */
    unsigned int code = 0xFFFFFFFFu;
    for (int i = 0; text[i]; i++) {
        code ^= (unsigned char)text[i];
        for (int k = 0; k < 8; k++)
            code = code & 1u ? (code >> 1) ^ 0xEDB88320u : code >> 1;
    }
    return (int)((code ^ 0xFFFFFFFFu) % (unsigned int)size);
}
