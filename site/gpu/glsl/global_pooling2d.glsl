// GlobalMaxPooling2D and GlobalAveragePooling2D.

uniform sampler2D x;

vec4 result(int place) {
  int channels = place % BLOCKS, image = place / BLOCKS;
  int start = image * PIXELS * BLOCKS + channels;
  vec4 total = vec4(0.0), largest = block(x, start);
  for (int pixel = 0; pixel < PIXELS; pixel++) {
    vec4 value = block(x, start + pixel * BLOCKS);
    total += value;
    largest = max(largest, value);
  }
#if AVERAGE
  return total / float(PIXELS);
#else
  return largest;
#endif
}
