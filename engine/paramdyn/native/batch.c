/* Batches of float images from bytes: each byte becomes the number that its channel's table has for
 * it, and a single channel becomes three. Images have their channels last. */
#include <stdint.h>

/* `chosen` tells which images, in their order; null: the first ones. `tables` has 256 numbers for
 * each of three channels. `out` has room for images * pixels * 3 numbers. */
void paramdyn_batch(const uint8_t *from, const int64_t *chosen, int64_t images, int64_t pixels,
                    int64_t channels, const float *tables, float *out, int64_t threads) {
  const float *red = tables, *green = tables + 256, *blue = tables + 512;
#pragma omp parallel for schedule(static) num_threads(threads) if (threads > 1 && images > 7)
  for (int64_t image = 0; image < images; image++) {
    const uint8_t *in = from + (chosen ? chosen[image] : image) * pixels * channels;
    float *to = out + image * pixels * 3;
    if (channels == 1)
      for (int64_t at = 0; at < pixels; at++) {
        const uint8_t byte = in[at];
        to[3 * at] = red[byte], to[3 * at + 1] = green[byte], to[3 * at + 2] = blue[byte];
      }
    else
      for (int64_t at = 0; at < 3 * pixels; at += 3) {
        to[at] = red[in[at]], to[at + 1] = green[in[at + 1]], to[at + 2] = blue[in[at + 2]];
      }
  }
}
