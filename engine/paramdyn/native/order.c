/* Weights of a convolution from the order in which they train (output, place, input channel) into
 * the order in which they are kept (output, input channel, place). Values are moved as bits. */
#include <stdint.h>

void paramdyn_order(const uint32_t *from, uint32_t *to, int64_t outputs, int64_t places,
                    int64_t inputs) {
  for (int64_t output = 0; output < outputs; output++) {
    if (places == 9) /* 3 x 3, nearly always: a count known to the compiler is twice as fast */
      for (int64_t input = 0; input < inputs; input++)
        for (int place = 0; place < 9; place++) to[input * 9 + place] = from[place * inputs + input];
    else
      for (int64_t input = 0; input < inputs; input++)
        for (int64_t place = 0; place < places; place++)
          to[input * places + place] = from[place * inputs + input];
    from += places * inputs;
    to += places * inputs;
  }
}
