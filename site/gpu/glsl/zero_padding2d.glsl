// ZeroPadding2D.

uniform sampler2D x;

vec4 result(int place) {
  int channels = place % BLOCKS, pixel = place / BLOCKS;
  int column = pixel % WIDTH - LEFT, row = pixel / WIDTH % HEIGHT - TOP, image = pixel / (WIDTH * HEIGHT);
  if (row < 0 || row >= SOURCE_HEIGHT || column < 0 || column >= SOURCE_WIDTH) return vec4(0.0);
  return block(x, ((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * BLOCKS + channels);
}
