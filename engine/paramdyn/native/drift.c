/* One pass over a shard of parameters: every sum and flag that recording needs.
 *
 * All arithmetic on values is double precision after widening, in eight fixed lanes a chunk; chunks
 * are added in order, so the result depends neither on the number of threads nor on the compiler.
 * `now`, `start`, `before` and `last` are padded with zeros to a multiple of sixteen scalars;
 * gradients are not, and may be absent (a null pointer: no gradient, counted as zero).
 */
#include <stdint.h>
#include <string.h>
#ifdef __AVX512DQ__
#include <immintrin.h>
#endif

typedef float f8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef int8_t c8 __attribute__((vector_size(8)));

/* Scalars to fetch ahead: without, memory waits for arithmetic in networks larger than a cache. */
enum { AHEAD = 1024 };
/* Scalars of a shard that one thread copies at a time; a multiple of sixteen. */
enum { KEPT = 16384 };
enum { NORM, DISPLACEMENT, UPDATE, CHORD, GRADIENT, CHANGED, SIGN_CHANGED, SIGN_DEFINED, COLUMNS };

#ifdef __AVX512DQ__ /* one instruction each, where gcc makes several of the portable form */
static inline d8 wide(const float *p) { return (d8)_mm512_cvtps_pd(_mm256_loadu_ps(p)); }
static inline d8 add_square(d8 sum, d8 v) { /* v: a widened float, whose square is exact */
  return (d8)_mm512_fmadd_pd((__m512d)v, (__m512d)v, (__m512d)sum);
}
#else
static inline f8 load(const float *p) { f8 v; memcpy(&v, p, sizeof v); return v; }
static inline d8 wide(const float *p) { return __builtin_convertvector(load(p), d8); }
static inline d8 add_square(d8 sum, d8 v) { return sum + v * v; }
#endif

typedef struct { int64_t changed, sign_changed, sign_defined; } counts;

/* Counts what differs between sixteen scalars and their start. Flags are bits, lane 0 lowest. */
#ifdef __AVX512DQ__
static inline uint16_t compare(const float *now, const float *start, counts *seen) {
  const __m512 w = _mm512_loadu_ps(now), w0 = _mm512_loadu_ps(start), zero = _mm512_setzero_ps();
  const __m512i x = _mm512_castps_si512(w), x0 = _mm512_castps_si512(w0);
  const __mmask16 moved = _mm512_cmpneq_epi32_mask(x, x0);
  const __mmask16 had = _mm512_cmp_ps_mask(w0, zero, _CMP_NEQ_OQ); /* a sign: no zero, no NaN */
  const __mmask16 both = _mm512_mask_cmp_ps_mask(had, w, zero, _CMP_NEQ_OQ);
  const __mmask16 crossed = both & _mm512_movepi32_mask(_mm512_xor_si512(x, x0));
  seen->changed += __builtin_popcount(moved);
  seen->sign_changed += __builtin_popcount(crossed);
  seen->sign_defined += __builtin_popcount(both);
  return moved;
}
static inline uint16_t not_zero(const float *p) { /* a NaN is not zero */
  return _mm512_cmp_ps_mask(_mm512_loadu_ps(p), _mm512_setzero_ps(), _CMP_NEQ_UQ);
}
#else
static inline uint8_t pack(i8 lanes) { /* lanes of all ones or all zeros */
  c8 narrow = __builtin_convertvector(lanes, c8);
  uint64_t u;
  memcpy(&u, &narrow, sizeof u);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  u = __builtin_bswap64(u);
#endif
  return (uint8_t)(((u & 0x8040201008040201ULL) * 0x0101010101010101ULL) >> 56);
}
static inline uint8_t compare8(const float *now, const float *start, counts *seen) {
  const f8 w = load(now), w0 = load(start);
  i8 x, x0;
  memcpy(&x, &w, sizeof x);
  memcpy(&x0, &w0, sizeof x0);
  const i8 up = w > 0, down = w < 0, up0 = w0 > 0, down0 = w0 < 0;
  const uint8_t moved = pack(x != x0);
  seen->changed += __builtin_popcount(moved);
  seen->sign_changed += __builtin_popcount(pack((up & down0) | (down & up0)));
  seen->sign_defined += __builtin_popcount(pack((up | down) & (up0 | down0)));
  return moved;
}
static inline uint16_t compare(const float *now, const float *start, counts *seen) {
  const uint8_t low = compare8(now, start, seen);
  return (uint16_t)(low | compare8(now + 8, start + 8, seen) << 8);
}
static inline uint16_t not_zero(const float *p) { /* a NaN is not zero */
  return (uint16_t)(pack(~(load(p) == 0)) | pack(~(load(p + 8) == 0)) << 8);
}
#endif

/* `flags` are bytes: written as one number only where its low byte comes first. */
static inline void raise(uint8_t *flags, uint16_t bits) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  uint16_t old;
  memcpy(&old, flags, sizeof old);
  bits |= old;
  memcpy(flags, &bits, sizeof bits);
#else
  flags[0] |= (uint8_t)bits;
  flags[1] |= (uint8_t)(bits >> 8);
#endif
}
static inline double add_up(d8 v) {
  return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}
static inline __attribute__((always_inline)) void chunk(
    int64_t n, const float *now, const float *start, const float *before, const float *last,
    const float *gradient, float *keep, uint8_t *ever_gradient, uint8_t *ever_changed, double *out,
    const int with_last, const int with_gradient) {
  d8 norm = {0}, displacement = {0}, update = {0}, chord = {0}, slope = {0};
  counts seen = {0, 0, 0};
  float tail[16] = {0};
  for (int64_t i = 0; i < n; i += 16) {
    const float *g = with_gradient ? gradient + i : 0;
    __builtin_prefetch(start + i + AHEAD);
    if (with_gradient) __builtin_prefetch(gradient + i + AHEAD);
    __builtin_prefetch(now + i + AHEAD);
    __builtin_prefetch(before + i + AHEAD);
    if (with_last) __builtin_prefetch(last + i + AHEAD);
    if (with_gradient && i + 16 > n) {
      memcpy(tail, g, (size_t)(n - i) * sizeof(float));
      g = tail;
    }
    for (int64_t j = i; j < i + 16; j += 8) {
      const d8 w = wide(now + j), d = w - wide(start + j), u = w - wide(before + j);
      norm = add_square(norm, w);
      displacement += d * d;
      update += u * u;
      if (with_last) {
        const d8 c = w - wide(last + j);
        chord += c * c;
      }
      if (with_gradient) slope = add_square(slope, wide(g + (j - i)));
    }
    /* After `before` and `last` are read: it may be either. */
    if (keep) memcpy(keep + i, now + i, 16 * sizeof(float));
    raise(ever_changed + (i >> 3), compare(now + i, start + i, &seen));
    if (with_gradient) raise(ever_gradient + (i >> 3), not_zero(g));
  }
  out[NORM] = add_up(norm);
  out[DISPLACEMENT] = add_up(displacement);
  out[UPDATE] = add_up(update);
  out[CHORD] = add_up(chord);
  out[GRADIENT] = add_up(slope);
  out[CHANGED] = (double)seen.changed;
  out[SIGN_CHANGED] = (double)seen.sign_changed;
  out[SIGN_DEFINED] = (double)seen.sign_defined;
}

/* What one pass reads and writes. `native.py` has the same fields in the same order.
 *
 * Chunk c covers flat scalars [offset[c], offset[c] + count[c]) of parameter owner[c]. They are
 * scalars within[c] and up of piece[c], whose gradient begins at address gradient[piece[c]]
 * (0: none). `before` and `carry` start at flat scalar `base`. `last` holds the values at the
 * record before this one; `keep` and `carry` receive the present ones, `keep` rather than `carry`
 * where both are given. Those three may be null, `keep` may be `last` and `carry` may be `before`.
 * `sums` is row-major, COLUMNS wide; `partial` is room for chunks * COLUMNS doubles.
 */
typedef struct {
  double *sums;
  const float *last;
  float *keep, *carry;
  int64_t chunks;
  const int64_t *offset, *count, *owner, *piece, *within, *gradient;
  const float *now, *start, *before;
  int64_t base;
  uint8_t *ever_gradient, *ever_changed;
  double *partial;
  int64_t threads;
} drift_pass;

static void measure(const drift_pass *p, int64_t c) {
  const int64_t o = p->offset[c], n = p->count[c];
  const float *address = (const float *)(intptr_t)p->gradient[p->piece[c]];
  const float *g = address ? address + p->within[c] : 0;
  const float *now = p->now + o, *start = p->start + o, *before = p->before + (o - p->base);
  const float *l = p->last ? p->last + o : 0;
  float *k = p->keep ? p->keep + o : p->carry ? p->carry + (o - p->base) : 0;
  double *out = p->partial + c * COLUMNS;
  uint8_t *eg = p->ever_gradient + (o >> 3), *ec = p->ever_changed + (o >> 3);
  if (l && g)
    chunk(n, now, start, before, l, g, k, eg, ec, out, 1, 1);
  else if (g)
    chunk(n, now, start, before, l, g, k, eg, ec, out, 0, 1);
  else
    chunk(n, now, start, before, l, g, k, eg, ec, out, l != 0, 0);
}

/* Copies the values of a shard, about to be stepped, to where the pass will read them.
 * `count` is a multiple of sixteen.
 */
void paramdyn_keep(float *to, const float *from, int64_t count, int64_t threads) {
  const int64_t parts = (count + KEPT - 1) / KEPT;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && parts > 7)
  for (int64_t part = 0; part < parts; part++) {
    const int64_t end = part + 1 < parts ? (part + 1) * KEPT : count;
    for (int64_t i = part * KEPT; i < end; i += 16) {
      __builtin_prefetch(from + i + AHEAD, 0, 2);
      memcpy(to + i, from + i, 16 * sizeof(float));
    }
  }
}

/* Adds the sums of every chunk to its parameter's row of `sums`.
 *
 * Each thread goes through its chunks from the last to the first: of a shard that was copied and
 * stepped forwards, the end is still in cache.
 */
void paramdyn_drift(const drift_pass *p) {
  const int64_t threads = p->chunks > 7 ? p->threads : 1;
  const int64_t share = (p->chunks + threads - 1) / threads;
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
  for (int64_t t = 0; t < threads; t++) {
    const int64_t first = t * share, end = first + share < p->chunks ? first + share : p->chunks;
    for (int64_t c = end - 1; c >= first; c--) measure(p, c);
  }
  for (int64_t c = 0; c < p->chunks; c++) {
    double *row = p->sums + p->owner[c] * COLUMNS;
    for (int k = 0; k < COLUMNS; k++) row[k] += p->partial[c * COLUMNS + k];
  }
}
