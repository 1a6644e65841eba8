// MaxPooling2D and AveragePooling2D. What lies outside the image is zeros that were put there, and counts.

uniform sampler2D x;

vec4 source(int image, int row, int column, int channels) {
  if (row < 0 || row >= SOURCE_HEIGHT || column < 0 || column >= SOURCE_WIDTH) return vec4(0.0);
  return block(x, ((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * BLOCKS + channels);
}

vec4 result(int place) {
  int channels = place % BLOCKS, pixel = place / BLOCKS;
  int column = pixel % WIDTH, row = pixel / WIDTH % HEIGHT, image = pixel / (WIDTH * HEIGHT);
  int left = column * STRIDE_ACROSS - LEFT, top = row * STRIDE_DOWN - TOP;
  vec4 total = vec4(0.0), largest = source(image, top, left, channels);
  for (int i = 0; i < POOL_HEIGHT; i++) {
    for (int j = 0; j < POOL_WIDTH; j++) {
      vec4 value = source(image, top + i, left + j, channels);
      total += value;
      largest = max(largest, value);
    }
  }
#if AVERAGE
  return total / float(POOL_HEIGHT * POOL_WIDTH);
#else
  return largest;
#endif
}
