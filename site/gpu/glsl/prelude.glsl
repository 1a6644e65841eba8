// Before every kernel: how values lie in textures, and the main function. A kernel says what `result` is.
//
// A value is images of (height, width, channels). A texel holds four channels of a pixel, the last of them padded with
// zeros: a block. Blocks lie pixel by pixel, image after image, in rows of the texture: that order numbers them.

precision highp float;
precision highp int;
precision highp sampler2D;

#ifndef ACTIVATION
#define ACTIVATION 0
#endif
#ifndef LANES
#define LANES 4 // of a block of inputs that are not padding everywhere
#endif

uniform int count; // blocks of the result
out vec4 stored;

vec4 result(int place); // block number `place` of the result

vec4 block(sampler2D from, int place) {
  return texelFetch(from, ivec2(place & (ROW - 1), place >> ROW_BITS), 0);
}

// Of a kernel (inputs, outputs), the weights of a block of inputs for a block of outputs; `blocks` of them lie in a row.
mat4 weights(sampler2D from, int place, int blocks) {
#if LANES == 1
  return mat4(block(from, place), vec4(0.0), vec4(0.0), vec4(0.0));
#else
  return mat4(
    block(from, place),
    block(from, place + blocks),
    block(from, place + 2 * blocks),
    block(from, place + 3 * blocks)
  );
#endif
}

vec4 activated(vec4 value) {
#if ACTIVATION == 1
  return max(value, 0.0);
#elif ACTIVATION == 2
  return clamp(value, 0.0, 6.0);
#else
  return value;
#endif
}

void main() {
  int place = (int(gl_FragCoord.y) << ROW_BITS) + int(gl_FragCoord.x);
  if (place >= count) discard;
  stored = result(place);
}
