// Conv2D, and where POOL is 2, the largest of 2×2 of its windows.

uniform sampler2D x;
uniform sampler2D kernel;
uniform sampler2D bias;

vec4 source(int image, int row, int column, int channels) {
#if PADDED
  if (row < 0 || row >= SOURCE_HEIGHT || column < 0 || column >= SOURCE_WIDTH) return vec4(0.0);
#endif
  return block(x, ((image * SOURCE_HEIGHT + row) * SOURCE_WIDTH + column) * SOURCE_BLOCKS + channels);
}

vec4 result(int place) {
  int filters = place % BLOCKS, pixel = place / BLOCKS;
  int column = pixel % WIDTH, row = pixel / WIDTH % HEIGHT, image = pixel / (WIDTH * HEIGHT);
  int left = column * POOL * STRIDE_ACROSS - LEFT, top = row * POOL * STRIDE_DOWN - TOP;
  vec4 upper_left = block(bias, filters);
#if POOL == 2
  vec4 upper_right = upper_left, lower_left = upper_left, lower_right = upper_left;
#endif
  int weight = filters;
  for (int i = 0; i < KERNEL_HEIGHT; i++) {
    for (int j = 0; j < KERNEL_WIDTH; j++) {
      int y0 = top + i * DILATION_DOWN, x0 = left + j * DILATION_ACROSS;
      for (int k = 0; k < SOURCE_BLOCKS; k++) {
        mat4 w = weights(kernel, weight, BLOCKS);
        upper_left += w * source(image, y0, x0, k);
#if POOL == 2
        upper_right += w * source(image, y0, x0 + STRIDE_ACROSS, k);
        lower_left += w * source(image, y0 + STRIDE_DOWN, x0, k);
        lower_right += w * source(image, y0 + STRIDE_DOWN, x0 + STRIDE_ACROSS, k);
#endif
        weight += 4 * BLOCKS;
      }
    }
  }
#if POOL == 2
  return activated(max(max(upper_left, upper_right), max(lower_left, lower_right)));
#else
  return activated(upper_left);
#endif
}
