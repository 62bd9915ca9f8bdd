/* A number as text, with nine significant digits.
 *
 * As printf's "%#.9g" gives them, but zero is 0.0; or without the zeros at the end, as "%.9g", and
 * then "nan", "inf" and "-inf" are text.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 9 };

static const double tens[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25,
    1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38};

static char *text(char *out, const char *from, int64_t bytes) {
  memcpy(out, from, (size_t)bytes);
  return out + bytes;
}

static char *whole(char *out, int64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) *out++ = digits[--count];
  return out;
}

/* Rounds a number above 0 to nine digits; returns the power of ten of the first. */
static int decimal(double size, char *out) {
  if (size > 1e-29 && size < 1e29) {
    /* One product or quotient with a power of ten brings it between 10^8 and 10^9, off by less than
     * 3e-7: enough, unless that could decide how the last digit is rounded. */
    int binary;
    frexp(size, &binary);
    int power = (int)floor((binary - 1) * 0.30102999566398120); /* of the first digit, or one less */
    double scaled;
    for (;; power++) {
      const int by = DIGITS - 1 - power;
      scaled = by >= 0 ? size * tens[by] : size / tens[-by];
      if (scaled < 1e9) break;
    }
    int64_t digits = (int64_t)scaled;
    const double rest = scaled - (double)digits;
    digits += rest > 0.5;
    if (fabs(rest - 0.5) > 1e-6 && digits >= 100000000) {
      if (digits == 1000000000) digits = 100000000, power++;
      for (int k = DIGITS; k--; digits /= 10) out[k] = (char)('0' + digits % 10);
      return power;
    }
  }
  char printed[64]; /* exact, and slow; only digits are taken, whatever the locale's point is */
  snprintf(printed, sizeof printed, "%.*e", DIGITS - 1, size);
  const char *e = strchr(printed, 'e');
  out[0] = printed[0];
  memcpy(out + 1, e - (DIGITS - 1), DIGITS - 1);
  return atoi(e + 1);
}

/* Writes a number; null: not with all its digits, but only trimmed. */
static char *number(char *out, double value, int trimmed) {
  if (!isfinite(value)) {
    if (!trimmed) return 0;
    return isnan(value) ? text(out, "\"nan\"", 5)
                        : value < 0 ? text(out, "\"-inf\"", 6) : text(out, "\"inf\"", 5);
  }
  if (signbit(value)) *out++ = '-';
  if (value == 0) return text(out, "0.0", 3);
  char digits[DIGITS];
  int power = decimal(fabs(value), digits), kept = DIGITS;
  if (trimmed)
    while (kept > 1 && digits[kept - 1] == '0') kept--;
  if (power >= 0 && power < DIGITS) {
    if (power == DIGITS - 1 && !trimmed) return 0; /* its point would end it: no JSON */
    if (kept <= power + 1) { /* a whole number */
      memset(digits + kept, '0', (size_t)(DIGITS - kept));
      out = text(out, digits, power + 1);
      return text(out, ".0", 2);
    }
    out = text(out, digits, power + 1);
    *out++ = '.';
    return text(out, digits + power + 1, kept - 1 - power);
  }
  if (power < 0 && power >= -4) {
    out = text(out, "0.0000", 1 - power);
    return text(out, digits, kept);
  }
  *out++ = digits[0];
  if (kept > 1) *out++ = '.';
  out = text(out, digits + 1, kept - 1);
  *out++ = 'e';
  *out++ = power < 0 ? '-' : '+';
  if (power < 0) power = -power;
  if (power < 10) *out++ = '0';
  return whole(out, power);
}
