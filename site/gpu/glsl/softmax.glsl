// Softmax over the channels of each pixel.

uniform sampler2D x;

vec4 result(int place) {
  int own = place % BLOCKS, start = place - own;
  float largest = -3.4e38;
  for (int channel = 0; channel < CHANNELS; channel++) {
    largest = max(largest, block(x, start + channel / 4)[channel % 4]);
  }
  float total = 0.0;
  for (int channel = 0; channel < CHANNELS; channel++) {
    total += exp(block(x, start + channel / 4)[channel % 4] - largest);
  }
  bvec4 padding = greaterThanEqual(ivec4(0, 1, 2, 3) + 4 * own, ivec4(CHANNELS));
  return mix(exp(block(x, place) - largest) / total, vec4(0.0), padding);
}
