/* One pass over a shard of parameters: every sum and flag that recording needs.
 *
 * All arithmetic on values is double precision after widening, in eight fixed lanes a chunk; chunks
 * are added in order, so the result depends neither on the number of threads nor on the compiler.
 * `now`, `start`, `before` and `last` are padded with zeros to a multiple of eight scalars;
 * gradients are not, and may be absent (a null pointer: no gradient, counted as zero).
 */
#include <stdint.h>
#include <string.h>

typedef float f8 __attribute__((vector_size(32)));
typedef double d8 __attribute__((vector_size(64)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef int8_t c8 __attribute__((vector_size(8)));

enum { NORM, DISPLACEMENT, UPDATE, CHORD, GRADIENT, CHANGED, SIGN_CHANGED, SIGN_DEFINED, COLUMNS };

static inline f8 load(const float *p) { f8 v; memcpy(&v, p, sizeof v); return v; }
static inline d8 wide(f8 v) { return __builtin_convertvector(v, d8); }

/* Questions about eight scalars; the answers are bits, lane 0 lowest. */
#ifdef __AVX512VL__
#include <immintrin.h>
static inline uint8_t differs(f8 a, f8 b) {
  __m256i x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  return _mm256_cmpneq_epi32_mask(x, y);
}
static inline uint8_t below(f8 a, f8 b) {
  return _mm256_cmp_ps_mask((__m256)a, (__m256)b, _CMP_LT_OQ);
}
static inline uint8_t not_zero(f8 a) {
  return _mm256_cmp_ps_mask((__m256)a, _mm256_setzero_ps(), _CMP_NEQ_UQ);
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
static inline uint8_t differs(f8 a, f8 b) {
  i8 x, y;
  memcpy(&x, &a, sizeof x);
  memcpy(&y, &b, sizeof y);
  return pack(x != y);
}
static inline uint8_t below(f8 a, f8 b) { return pack(a < b); }
static inline uint8_t not_zero(f8 a) { return pack(~(a == 0)); } /* NaN is not zero */
#endif

static inline double add_up(d8 v) {
  return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}
static inline __attribute__((always_inline)) void chunk(
    int64_t n, const float *now, const float *start, const float *before, const float *last,
    const float *gradient, float *keep, uint8_t *ever_gradient, uint8_t *ever_changed, double *out,
    const int with_last, const int with_gradient) {
  d8 norm = {0}, displacement = {0}, update = {0}, chord = {0}, slope = {0};
  const f8 zero = {0};
  int64_t changed = 0, sign_changed = 0, sign_defined = 0;
  for (int64_t i = 0; i < n; i += 8) {
    const f8 w = load(now + i), w0 = load(start + i);
    const d8 ww = wide(w), d = ww - wide(w0);
    norm += ww * ww;
    displacement += d * d;
    const uint8_t moved = differs(w, w0);
    const uint8_t up = below(zero, w), down = below(w, zero);
    const uint8_t up0 = below(zero, w0), down0 = below(w0, zero);
    changed += __builtin_popcount(moved);
    sign_changed += __builtin_popcount((up & down0) | (down & up0));
    sign_defined += __builtin_popcount((up | down) & (up0 | down0));
    ever_changed[i >> 3] |= moved;
    const d8 u = ww - wide(load(before + i));
    update += u * u;
    if (with_last) {
      const d8 c = ww - wide(load(last + i));
      chord += c * c;
    }
    if (keep) memcpy(keep + i, &w, sizeof w); /* after `last` is read: they may be the same */
    if (with_gradient) {
      f8 g;
      if (i + 8 <= n) {
        g = load(gradient + i);
      } else {
        float tail[8] = {0};
        memcpy(tail, gradient + i, (size_t)(n - i) * sizeof(float));
        g = load(tail);
      }
      const d8 gg = wide(g);
      slope += gg * gg;
      ever_gradient[i >> 3] |= not_zero(g); /* a NaN gradient is a gradient */
    }
  }
  out[NORM] = add_up(norm);
  out[DISPLACEMENT] = add_up(displacement);
  out[UPDATE] = add_up(update);
  out[CHORD] = add_up(chord);
  out[GRADIENT] = add_up(slope);
  out[CHANGED] = (double)changed;
  out[SIGN_CHANGED] = (double)sign_changed;
  out[SIGN_DEFINED] = (double)sign_defined;
}

/* Adds the sums of every chunk to its parameter's row of `sums` (row-major, COLUMNS wide).
 *
 * Chunk c covers flat scalars [offset[c], offset[c] + count[c]) of parameter owner[c]. They are
 * scalars within[c] and up of piece[c], whose gradient begins at address gradient[piece[c]]
 * (0: none). `before` starts at flat scalar `before_base`. `last` holds the values at the record
 * before this one, `keep` receives the present ones; either may be null, and both may be the same
 * buffer. `partial` is room for chunks * COLUMNS doubles.
 */
void paramdyn_drift(double *sums, const float *last, float *keep, int64_t chunks, const int64_t *offset,
                    const int64_t *count, const int64_t *owner, const int64_t *piece,
                    const int64_t *within, const int64_t *gradient, const float *now,
                    const float *start, const float *before, int64_t before_base,
                    uint8_t *ever_gradient, uint8_t *ever_changed, double *partial, int threads) {
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && chunks > 7)
  for (int64_t c = 0; c < chunks; c++) {
    const int64_t o = offset[c], n = count[c];
    const float *base = (const float *)(intptr_t)gradient[piece[c]];
    const float *g = base ? base + within[c] : 0;
    const float *b = before + (o - before_base);
    const float *l = last ? last + o : 0;
    float *k = keep ? keep + o : 0;
    double *out = partial + c * COLUMNS;
    uint8_t *eg = ever_gradient + (o >> 3), *ec = ever_changed + (o >> 3);
    if (l && g)
      chunk(n, now + o, start + o, b, l, g, k, eg, ec, out, 1, 1);
    else if (g)
      chunk(n, now + o, start + o, b, l, g, k, eg, ec, out, 0, 1);
    else
      chunk(n, now + o, start + o, b, l, g, k, eg, ec, out, l != 0, 0);
  }
  for (int64_t c = 0; c < chunks; c++) {
    double *row = sums + owner[c] * COLUMNS;
    for (int k = 0; k < COLUMNS; k++) row[k] += partial[c * COLUMNS + k];
  }
}
