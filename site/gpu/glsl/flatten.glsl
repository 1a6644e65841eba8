// Flatten where the blocks of the source have padding: an image's values, without it, as one vector.

uniform sampler2D x;

float value(int image, int place) {
  if (place >= PIXELS * CHANNELS) return 0.0;
  int pixel = place / CHANNELS, channel = place % CHANNELS;
  return block(x, (image * PIXELS + pixel) * SOURCE_BLOCKS + channel / 4)[channel % 4];
}

vec4 result(int place) {
  int image = place / BLOCKS, first = 4 * (place % BLOCKS);
  return vec4(value(image, first), value(image, first + 1), value(image, first + 2), value(image, first + 3));
}
