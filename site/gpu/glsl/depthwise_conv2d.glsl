// DepthwiseConv2D with one filter for each channel.

uniform sampler2D x;
uniform sampler2D kernel;
uniform sampler2D bias;

vec4 result(int place) {
  int channels = place % BLOCKS, pixel = place / BLOCKS;
  int column = pixel % WIDTH, row = pixel / WIDTH % HEIGHT, image = pixel / (WIDTH * HEIGHT);
  int left = column * STRIDE_ACROSS - LEFT, top = row * STRIDE_DOWN - TOP;
  vec4 total = block(bias, channels);
  for (int i = 0; i < KERNEL_HEIGHT; i++) {
    int y0 = top + i * DILATION_DOWN;
    if (y0 < 0 || y0 >= SOURCE_HEIGHT) continue;
    for (int j = 0; j < KERNEL_WIDTH; j++) {
      int x0 = left + j * DILATION_ACROSS;
      if (x0 < 0 || x0 >= SOURCE_WIDTH) continue;
      vec4 value = block(x, ((image * SOURCE_HEIGHT + y0) * SOURCE_WIDTH + x0) * BLOCKS + channels);
      total += value * block(kernel, (i * KERNEL_WIDTH + j) * BLOCKS + channels);
    }
  }
  return activated(total);
}
