/* Lines of drift.jsonl, byte for byte as `paramdyn.store.records.encode_measurement` writes them.
 *
 * A number has nine significant digits, as printf's "%#.9g" gives them, but zero is 0.0; in a line
 * with something undefined zeros at the end are left out, as "%.9g" does. One
 * multiplication or division by a power of ten brings it between 10^8 and 10^9, off by less than
 * 3e-7; where that could decide how the last digit is rounded, and for numbers too large, too small
 * or not finite, the answer is "not here" and the caller formats in Python.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { DIGITS = 9 };
static const double unsure = 1e-6;

static const double tens[] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25,
    1e26, 1e27, 1e28, 1e29, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38};

static char *whole(char *out, int64_t value) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) *out++ = digits[--count];
  return out;
}

/* Writes a number; null: it cannot be done here. */
static char *number(char *out, double value, int trimmed) {
  if (trimmed && isnan(value)) {
    memcpy(out, "null", 4);
    return out + 4;
  }
  if (value == 0) {
    if (signbit(value)) *out++ = '-';
    memcpy(out, "0.0", 3);
    return out + 3;
  }
  const double size = fabs(value);
  if (!(size > 1e-29 && size < 1e29)) return 0;
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
  if (fabs(rest - 0.5) < unsure) return 0;
  digits += rest > 0.5;
  if (digits < 100000000) return 0; /* just below a power of ten */
  if (digits == 1000000000) digits = 100000000, power++;
  char text[DIGITS];
  for (int k = DIGITS; k--; digits /= 10) text[k] = (char)('0' + digits % 10);
  if (value < 0) *out++ = '-';
  if (power == DIGITS - 1) return 0; /* its point would end the number: no JSON */
  int kept = DIGITS;
  if (trimmed)
    while (kept > 1 && text[kept - 1] == '0') kept--;
  if (power >= 0 && power < DIGITS) {
    if (kept < power + 2) kept = power + 2; /* one digit after the point */
    memcpy(out, text, (size_t)power + 1);
    out[power + 1] = '.';
    memcpy(out + power + 2, text + power + 1, (size_t)(kept - 1 - power));
    return out + kept + 1;
  }
  if (power < 0 && power >= -4) {
    memcpy(out, "0.0000", 6);
    memcpy(out + 1 - power, text, (size_t)kept);
    return out + 1 - power + kept;
  }
  *out++ = text[0];
  if (kept > 1) *out++ = '.';
  memcpy(out, text + 1, (size_t)kept - 1);
  out += kept - 1;
  *out++ = 'e';
  *out++ = power < 0 ? '-' : '+';
  if (power < 0) power = -power;
  *out++ = (char)('0' + power / 10);
  *out++ = (char)('0' + power % 10);
  return out;
}

/* Writes rows * lines lines; returns their bytes, or -1 where a number cannot be written here.
 *
 * Line k of row r holds `width` numbers, the total last, as they lie in values[r][k]. A NaN is an
 * undefined number where undefined[r][k] is not 0; elsewhere it cannot be written here.
 * `names` holds the text from after the step's number to before the total's, end[k] where that of
 * line k ends. `out` must have room for 48 + 18 * width bytes and its name a line.
 */
int64_t paramdyn_lines(char *out, int64_t rows, int64_t lines, int64_t width, const int64_t *steps,
                       const double *values, const uint8_t *undefined, const char *names,
                       const int64_t *end) {
  char *at = out;
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t k = 0; k < lines; k++) {
      const double *row = values + (r * lines + k) * width;
      const int64_t first = k ? end[k - 1] : 0;
      const int trimmed = undefined[r * lines + k];
      memcpy(at, "{\"step\":", 8);
      at = whole(at + 8, steps[r]);
      memcpy(at, names + first, (size_t)(end[k] - first));
      at += end[k] - first;
      if (!(at = number(at, row[width - 1], trimmed))) return -1;
      memcpy(at, ",\"values\":[", 11);
      at += 11;
      for (int64_t i = 0; i + 1 < width; i++) {
        if (i) *at++ = ',';
        if (!(at = number(at, row[i], trimmed))) return -1;
      }
      memcpy(at, "]}\n", 3);
      at += 3;
    }
  }
  return at - out;
}
