// Dense, of one vector an image.

uniform sampler2D x;
uniform sampler2D kernel;
uniform sampler2D bias;

vec4 result(int place) {
  int units = place % BLOCKS, image = place / BLOCKS;
  vec4 total = block(bias, units);
  for (int k = 0; k < SOURCE_BLOCKS; k++) {
    total += weights(kernel, 4 * k * BLOCKS + units, BLOCKS) * block(x, image * SOURCE_BLOCKS + k);
  }
  return activated(total);
}
