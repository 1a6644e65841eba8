// Dense, of one vector an image. The inputs are cut into slices; their sums are added up afterwards.

uniform sampler2D x;
uniform sampler2D kernel;
uniform sampler2D bias;

vec4 result(int place) {
  int units = place % BLOCKS, slice = place / BLOCKS % SLICES, image = place / (BLOCKS * SLICES);
  int end = min((slice + 1) * SLICE, SOURCE_BLOCKS);
  vec4 total = slice == 0 ? block(bias, units) : vec4(0.0);
  for (int k = slice * SLICE; k < end; k++) {
    vec4 value = block(x, image * SOURCE_BLOCKS + k);
    if (value == vec4(0.0)) continue; // as many are after ReLU: their weights need not be read
    total += weights(kernel, 4 * k * BLOCKS + units, BLOCKS) * value;
  }
  return activated(total);
}
