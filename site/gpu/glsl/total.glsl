// The sums of all slices of Dense, added up.

uniform sampler2D x;

vec4 result(int place) {
  int start = place / BLOCKS * SLICES * BLOCKS + place % BLOCKS;
  vec4 total = vec4(0.0);
  for (int slice = 0; slice < SLICES; slice++) {
    total += block(x, start + slice * BLOCKS);
  }
  return activated(total);
}
