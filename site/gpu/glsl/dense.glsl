// Dense, of one vector an image.

uniform sampler2D x;
uniform sampler2D kernel;
uniform sampler2D bias;

vec4 result(int place) {
  int units = place % BLOCKS, image = place / BLOCKS;
  vec4 total = block(bias, units);
  for (int k = 0; k < SOURCE_BLOCKS; k++) {
    vec4 value = block(x, image * SOURCE_BLOCKS + k);
    if (value == vec4(0.0)) continue; // as many are after ReLU: their weights need not be read
    total += weights(kernel, 4 * k * BLOCKS + units, BLOCKS) * value;
  }
  return activated(total);
}
