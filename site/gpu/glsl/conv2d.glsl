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
  for (int i = 0; i < KERNEL_HEIGHT; i++) {
    int y0 = top + i * DILATION_DOWN, y1 = y0 + STRIDE_DOWN;
    for (int k = 0; k < SOURCE_BLOCKS; k++) {
      int weight = 4 * (i * KERNEL_WIDTH * SOURCE_BLOCKS + k) * BLOCKS + filters;
#if POOL == 2
      vec4 upper = source(image, y0, left, k), lower = source(image, y1, left, k);
#endif
      for (int j = 0; j < KERNEL_WIDTH; j++) {
        int x0 = left + j * DILATION_ACROSS, x1 = x0 + STRIDE_ACROSS;
        mat4 w = weights(kernel, weight, BLOCKS);
        weight += 4 * SOURCE_BLOCKS * BLOCKS;
#if POOL == 2
        upper_left += w * upper;
        lower_left += w * lower;
        upper = source(image, y0, x1, k);
        lower = source(image, y1, x1, k);
        upper_right += w * upper;
        lower_right += w * lower;
#if STRIDE_ACROSS != DILATION_ACROSS // where they are the same, the window to the left comes there next
        upper = source(image, y0, x0 + DILATION_ACROSS, k);
        lower = source(image, y1, x0 + DILATION_ACROSS, k);
#endif
#else
        upper_left += w * source(image, y0, x0, k);
#endif
      }
    }
  }
#if POOL == 2
  return activated(max(max(upper_left, upper_right), max(lower_left, lower_right)));
#else
  return activated(upper_left);
#endif
}
