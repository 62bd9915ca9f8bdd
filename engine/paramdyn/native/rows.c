/* The lines of one recorded step, byte for byte as numpy and `paramdyn.store.records` make them.
 *
 * Measurements are arithmetic on columns (`quantity.py`), given as words in postfix order. Columns
 * have one number a parameter and the total last. Operations are IEEE's, in the order given, so a
 * result has the bits that numpy's has.
 *
 * Numbers are those of `number.h`. In a line that holds something undefined, not finite or printed
 * without digits after its point, zeros at the end are left out.
 */
#include <unistd.h>

#include "number.h"

/* The sum, rounded once (Shewchuk 1997): `part` holds what was added so far, exactly, as numbers
 * that share no digits. As `quantity.exact_sum` has it where something is not finite. */
static double exact_sum(const double *values, int64_t count) {
  double part[64], special = 0; /* 40 parts cover every exponent */
  int parts = 0;
  for (int64_t k = 0; k < count; k++) {
    double sum = values[k];
    int kept = 0;
    for (int j = 0; j < parts; j++) {
      double large = sum, small = part[j];
      if (fabs(large) < fabs(small)) large = part[j], small = sum;
      sum = large + small;
      const double lost = small - (sum - large);
      if (lost != 0) part[kept++] = lost;
    }
    parts = kept;
    if (isfinite(sum)) {
      if (sum != 0) part[parts++] = sum;
    } else if (isfinite(values[k])) {
      return INFINITY;
    } else {
      special += values[k];
      parts = 0;
    }
  }
  if (special != 0) return special;
  if (!parts) return 0;
  double sum = part[--parts], lost = 0;
  while (parts && lost == 0) {
    const double before = sum;
    sum += part[--parts];
    lost = part[parts] - (sum - before);
  }
  /* Half way between two numbers, what is left decides: away from even, where it points there. */
  if (parts && ((lost < 0 && part[parts - 1] < 0) || (lost > 0 && part[parts - 1] > 0))) {
    const double other = sum + 2 * lost;
    if (other - sum == 2 * lost) sum = other;
  }
  return sum;
}

/* The sum in the order of `quantity.totals`: halves, of which those up to 128 in eight lanes. */
static double total(const double *values, int64_t count) {
  if (count > 128) {
    const int64_t half = count / 2 / 8 * 8;
    return total(values, half) + total(values + half, count - half);
  }
  double sum = 0;
  int64_t at = 0;
  if (count >= 8) {
    double lane[8];
    memcpy(lane, values, sizeof lane);
    for (at = 8; at + 8 <= count; at += 8)
      for (int k = 0; k < 8; k++) lane[k] += values[at + k];
    sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
  for (; at < count; at++) sum += values[at];
  return sum;
}

/* Columns as `quantity.COLUMNS` has them; the first PASS come from the drift pass. */
enum { NORM = 0, DISPLACEMENT, UPDATE, CHORD, DEFINED = 7, PASS, PATH = 10, COLUMNS = 12 };
enum { COLUMN, NUMBER, ROOT, MINUS, TIMES, OVER, UNLESS_ZERO, WITHIN };

/* How rows are made. `native_rows.py` has the same fields in the same order.
 *
 * Measurement k has words [word_end[k - 1], word_end[k]) and, of `heads`, the text from after the
 * step's number to before the total's. A word is an operation, times 64, and which column or number
 * it means. `columns` has COLUMNS rows of width parameters + 1; those that are alike at each step
 * are filled in. `path` is one of them. Frozen parameters have what the pass does not measure.
 * `stack` has room for the deepest stack of columns, `undefined` for one, `lines` and `metrics` for
 * the longest lines. `metric_heads` has, for each of four metrics, the text before its number.
 */
typedef struct {
  int64_t parameters, measurements;
  const int64_t *words, *word_end;
  const double *numbers;
  const char *heads;
  const int64_t *head_end;
  double *columns;
  int64_t frozen;
  const int64_t *frozen_at;
  const double *frozen_norm, *frozen_defined;
  double *stack;
  uint8_t *undefined;
  char *lines, *metrics;
  const char *metric_heads;
  const int64_t *metric_head_end;
  int64_t lines_bytes, metrics_bytes, finite;
} row_plan;

static void fill_columns(row_plan *p, const double *sums, int64_t chord) {
  const int64_t count = p->parameters, width = count + 1;
  double *path = p->columns + PATH * width, *squares = p->columns + CHORD * width;
  for (int64_t k = 0; k < PASS; k++)
    for (int64_t i = 0; i < count; i++) p->columns[k * width + i] = sums[i * PASS + k];
  p->finite = 1;
  for (int64_t i = 0; i < count; i++) p->finite &= isfinite(p->columns[NORM * width + i]) != 0;
  for (int64_t k = 0; k < p->frozen; k++) {
    p->columns[NORM * width + p->frozen_at[k]] = p->frozen_norm[k];
    p->columns[DEFINED * width + p->frozen_at[k]] = p->frozen_defined[k];
  }
  memmove(squares, p->columns + chord * width, (size_t)count * sizeof(double));
  for (int64_t k = 0; k < PASS; k++)
    p->columns[k * width + count] = total(p->columns + k * width, count);
  for (int64_t i = 0; i < count; i++) path[i] += sqrt(squares[i]);
  path[count] += sqrt(exact_sum(squares, count));
}

/* Follows the words of one measurement; its numbers are the stack's first. */
static int measure(const row_plan *p, int64_t first, int64_t end) {
  const int64_t width = p->parameters + 1;
  double *top = p->stack - width; /* the newest column */
  int some = 0;
  memset(p->undefined, 0, (size_t)width);
  for (int64_t at = first; at < end; at++) {
    const int64_t operation = p->words[at] / 64, which = p->words[at] % 64;
    double *under = top - width;
    switch (operation) {
      case COLUMN:
        top += width;
        memcpy(top, p->columns + which * width, (size_t)width * sizeof(double));
        continue;
      case NUMBER:
        top += width;
        for (int64_t i = 0; i < width; i++) top[i] = p->numbers[which];
        continue;
      case ROOT:
        for (int64_t i = 0; i < width; i++) top[i] = sqrt(top[i]);
        continue;
      case MINUS:
        for (int64_t i = 0; i < width; i++) under[i] -= top[i];
        break;
      case TIMES:
        for (int64_t i = 0; i < width; i++) under[i] *= top[i];
        break;
      case OVER:
      case UNLESS_ZERO:
        for (int64_t i = 0; i < width; i++) some |= p->undefined[i] |= top[i] == 0;
        if (operation == OVER)
          for (int64_t i = 0; i < width; i++) under[i] /= top[i];
        break;
      case WITHIN: /* a NaN is neither below nor above */
        under -= width;
        for (int64_t i = 0; i < width; i++) {
          const double low = top[i - width], high = top[i];
          if (under[i] <= low) under[i] = low;
          if (under[i] >= high) under[i] = high;
        }
    }
    top = under;
  }
  return some;
}

/* Writes the total and the values of one measurement; null: they must be trimmed. */
static char *numbers(char *out, const row_plan *p, int trimmed) {
  const int64_t count = p->parameters;
  for (int64_t k = 0; k <= count; k++) {
    const int64_t i = k ? k - 1 : count;
    out = p->undefined[i] ? text(out, "null", 4) : number(out, p->stack[i], trimmed);
    if (!out) return 0;
    out = k == 0 ? text(out, ",\"values\":[", 11) : k < count ? text(out, ",", 1) : out;
  }
  return text(out, "]}\n", 3);
}

static void make_metrics(row_plan *p, int64_t step, const double *metrics) {
  char *out = text(p->metrics, "{\"step\":", 8);
  out = whole(out, step);
  for (int k = 0; k < 4; k++) {
    const int64_t first = k ? p->metric_head_end[k - 1] : 0;
    out = text(out, p->metric_heads + first, p->metric_head_end[k] - first);
    out = number(out, metrics[k], 1);
  }
  p->metrics_bytes = text(out, "}\n", 2) - p->metrics;
}

static void make_lines(row_plan *p, int64_t step) {
  char *out = p->lines;
  for (int64_t k = 0; k < p->measurements; k++) {
    const int64_t head = k ? p->head_end[k - 1] : 0;
    const int some = measure(p, k ? p->word_end[k - 1] : 0, p->word_end[k]);
    out = text(out, "{\"step\":", 8);
    out = whole(out, step);
    out = text(out, p->heads + head, p->head_end[k] - head);
    char *end = some ? 0 : numbers(out, p, 0);
    out = end ? end : numbers(out, p, 1);
  }
  p->lines_bytes = out - p->lines;
}

static int appended(int64_t file, const char *made, int64_t bytes) {
  return file < 0 || !bytes || write((int)file, made, (size_t)bytes) == (ssize_t)bytes;
}

/* What is told of a row; `native_rows.py` has the same. */
enum { NOT_FINITE = 1, METRICS_LEFT = 2, LINES_LEFT = 4 };

/* Makes a step's lines in p->lines and p->metrics, and appends them to open files, one write each.
 *
 * `sums` has a row of PASS numbers a parameter; where it is null nothing was measured. `chord` is
 * the column that holds the way from the record before. A file below 0 is not written to. Lines
 * that are not in their file, whole, are told to be left, and so are those that would have followed.
 */
int64_t paramdyn_row(row_plan *p, const double *sums, int64_t chord, int64_t step, double epoch,
                     double rate, double loss, double accuracy, int64_t lines_file,
                     int64_t metrics_file) {
  const double metrics[] = {epoch, rate, loss, accuracy};
  p->finite = 1;
  p->lines_bytes = 0;
  make_metrics(p, step, metrics);
  if (sums) {
    fill_columns(p, sums, chord);
    make_lines(p, step);
  }
  const int64_t told = p->finite && isfinite(loss) ? 0 : NOT_FINITE;
  if (!appended(lines_file, p->lines, p->lines_bytes)) return told | LINES_LEFT | METRICS_LEFT;
  if (!appended(metrics_file, p->metrics, p->metrics_bytes)) return told | METRICS_LEFT;
  return told;
}
