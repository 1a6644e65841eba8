// BatchNormalization as a scale and an offset of each channel.

uniform sampler2D x;
uniform sampler2D scale;
uniform sampler2D offset;

vec4 result(int place) {
  int channels = place % BLOCKS;
  return activated(block(x, place) * block(scale, channels) + block(offset, channels));
}
